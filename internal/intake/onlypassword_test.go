package intake

import "testing"

func TestAMailThatOnlyBringsAPasswordIsToldFromOneThatSaysMore(t *testing.T) {
	for _, text := range []string{
		"ジェトロ神戸　ご担当者様\n\n先ほどお送りしたファイルのパスワードは下記の通りです。\n\nパスワード：Kobe2026!\n\nよろしくお願いいたします。\n",
		"解凍パスワードをお知らせします。\n\nPW: ab9#Kq2X\n\n※本メールは自動送信です。",
		"いつもお世話になっております。みなと銀行の田中です。\n先程の添付ファイルの解凍パスワードは「nada-2026」です。\n以上、よろしくお願いいたします。\n\nみなと銀行　三宮支店\n田中 一郎",
		"パスワード\n\n8Fh!2k_Q\n\n開けない場合はご連絡ください。\nよろしくお願いいたします。",
		"ＰＷ：Ｎａｄａ２０２６",
		"Dear all,\nThe password is hunter2.\nBest regards,\nTanaka",
	} {
		if !onlyPassword(text) {
			t.Errorf("says more than a password: %q", text)
		}
	}
	for _, text := range []string{
		"",
		"エントリーシートの様式はどこで入手できますか。",
		"パスワードをお知らせください。",
		"パスワードを受領しました。ありがとうございます。",
		"パスワード：Kobe2026!\n\nなお、面談の日程を12月3日に変更したいと思います。",
		"パスワード：Kobe2026!\n\n登録はいつ頃になりますでしょうか。",
		"パスワード：Kobe2026!\n届きましたらお電話をください。折り返します。\n山田",
		"パスワード：Kobe2026!\nお手数ですが、面談を3日に変更したいです。",
		"パスワード：Kobe2026!\nありがとうございました。訪問の件、承知しました。",
		"パスワードは Kobe2026! です。なお、面談は3日に変更となりました。",
		"ご確認ください。\nTEL 078-000-1111",
		"ご担当者様\n明日お送りします。",
	} {
		if onlyPassword(text) {
			t.Errorf("is taken for a mere password: %q", text)
		}
	}
}

func TestAMailWithAFileOrACommandIsNoMerePassword(t *testing.T) {
	text := "パスワード：Kobe2026!"
	m := mail("パスワードのご連絡")
	m.Text = text
	if u := Understand(m.Bytes(), today, settings()); !u.Input.Password {
		t.Errorf("not told: %+v", u.Input)
	}
	for name, m := range map[string]func() []byte{
		"a file":    func() []byte { m := mail("送付", zipped(t, "a.zip")); m.Text = text; return m.Bytes() },
		"a command": func() []byte { m := mail("一覧"); m.Text = text; return m.Bytes() },
	} {
		if Understand(m(), today, settings()).Input.Password {
			t.Errorf("with %s", name)
		}
	}
}
