package letter

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
)

// said is what a letter says, without line breaks and indents, for looking up sentences.
func said(p Parts) (text, html string) {
	text = strings.NewReplacer("\n> ", "", "\n", "", "　", "", " ", "").Replace(p.Text)
	html = regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>|\n|　| `).ReplaceAllString(p.HTML, "")
	return text, html
}

// TestLettersSayWhatTheyMustAndNothingElse is the table of mail.md "What the chief letters say, and do not".
func TestLettersSayWhatTheyMustAndNothingElse(t *testing.T) {
	consent := []string{"兵庫商工会議所", sampleWhy, "エントリーシート（2026年11月16日受領分）の記載内容", "会員番号", "「了承」", "「辞退」", "2026年12月1日（火）頃まで",
		"お返事がない場合も）、お伝えすることはございません", "不利益は一切ございません", "お考えが変わられました場合は、いつでも", "廃棄をお願い", "078-000-0042"}
	pressure := []string{"六甲", "添付", "必ず", "至急"}
	for _, tc := range []struct {
		name    string
		subject string
		must    []string
		mustNot []string
	}{
		{"inquiry", "支援可否のご照会",
			[]string{"Q26-00031", "01市場情報", "07現地パートナー探し", "ベトナム、シンガポール", "清酒製造業", "資本金5,000万円以下・従業員50名以下", "優先的なご検討のお願い", "できる限り優先的に",
				"2026年12月1日（火）まで", "「受入可」または「受入不可」", "お電話でも承ります", "078-000-0042", "双方の了承が得られましてから、エントリーシート", "本文の1行目に"},
			[]string{"2026-KOB", "M-00042", "E26-", "灘", "みなと", "兵庫県", "六甲", "添付", "3,000万", "48名", "1950", "浜田"}},
		{"inquiry-prefecture", "支援可否のご照会", []string{"都道府県：兵庫県"}, []string{"神戸市", "担当コンシェルジュより"}},
		{"passed-over", "ご照会に関するお知らせ", []string{"Q26-00031", "見送らせていただく", "厚く御礼", "引き続きお力添え"}, []string{"2026-KOB", "灘", "みなと", "六甲", "ほかの機関", "他の機関"}},
		{"consent-company", "支援機関へのご紹介に関するお願い", append([]string{"みなと銀行", "本文の1行目に"}, consent...), pressure},
		{"consent-company-via", "支援機関へのご紹介に関するお願い", append([]string{"みなと銀行", "企業様へお渡し", "みなと銀行のご担当者様を通じて", "貴機関のご意向は、別のメール"}, consent...), append([]string{"本文の1行目"}, pressure...)},
		{"consent-intake", "支援機関へのご紹介に関するお願い", append([]string{"株式会社灘酒造様", "貴機関のご了承", "本文の1行目に"}, consent...), pressure},
		{"consent-recorded-company", "ご回答の記録のお知らせ", []string{"兵庫商工会議所", "ご回答：了承", "お電話にて", "ご意向と異なる場合", "「辞退」とのメール", "お返事は不要"}, []string{"催促"}},
		{"consent-recorded-company-via", "ご回答の記録のお知らせ", []string{"企業様へお渡し", "みなと銀行のご担当者様を通じて"}, []string{"「辞退」とのメール"}},
		{"consent-result-cleared", "ご了承の状況のお知らせ（兵庫商工会議所）", []string{"企業：了承（電話）", "回付できます", "非表示のシート「作業用」"}, nil},
		{"consent-result-declined", "ご了承の状況のお知らせ（兵庫商工会議所）", []string{"企業：辞退", "廃棄をお願い", "廃棄依頼HYOGO-CCI"}, []string{"回付できます"}},
		{"consent-result-approval", "ご承認のお願い（口頭でのご了承）", []string{"ご承認いただくまで", "承認HYOGO-CCI"}, []string{"回付できます"}},
		{"referral", "エントリーシート送付のご案内",
			[]string{"パスワード付きのファイルで添付", "M-00042-7", "企業の了承：2026年11月24日（火）", "紹介元の了承：2026年11月23日（月）", "企業様と初めてご連絡を取られる際に", "外部に漏れることのないよう",
				"部署：", "担当者：", "初回連絡方法：", "「受入担当」", "状況をお知らせください", "みなと銀行", "「パスワード」のお手続きをいただき次第"},
			[]string{"hT7mKx4wRq9pZc", "文字", "桁", "六甲", "2026-KOB", "アジア班"}},
		{"referral-again", "エントリーシート送付のご案内", []string{"あらためてお送り", "パスワードも新しく", "お電話でお伝えいたします"}, []string{"hT7mKx4wRq9pZc", "お引き受けくださる"}},
		{"referral-form", "エントリーシート送付のご案内", []string{"ご指定の様式", "あらかじめ取り決めたもの"}, []string{"hT7mKx4wRq9pZc", "エントリーシートを、パスワード付き"}},
		{"password", "資料のパスワードのお知らせ", []string{"hT7mKx4wRq9pZc", "Q26-00031", "削除"}, []string{"灘", "2026-KOB", "添付"}},
		{"password-phone", "資料のパスワードのお知らせ", []string{"hT7mKx4wRq9pZc", "078-333-4444", "お電話でお伝え", "留守番電話には残さず"}, []string{"添付"}},
		{"feedback-request", "支援状況のご報告のお願い",
			[]string{"支援企業名：株式会社灘酒造", "支援日：", "支援内容：", "進捗状況：", "次回予定：", "手段：",
				"お電話でも承ります", "前回のご報告：2026年11月24日（火）", "担当コンシェルジュ、紹介元（みなと銀行）"},
			[]string{"督促", "六甲", "浜田", "株式会社灘酒造御中", "輸入元2社"}},
		{"feedback-request-first", "支援状況のご報告のお願い", []string{"今回が初めて"}, []string{"まだいただいて", "遅れ"}},
		{"meeting-company", "ご面談のご案内", []string{"2026年12月3日（木）14:00-15:30", "ジェトロ神戸第1会議室", "兵庫商工会議所北野聡様", "ご出席：必須", "invite.ics）を添付"}, nil},
		{"meeting-intake", "ご面談のご案内", []string{"ご出席：任意"}, []string{"必須"}},
		{"meeting-moved", "ご面談の変更のご案内", []string{"変更前の日時：2026年12月3日（木）14:00", "日時：2026年12月4日（金）14:00-15:30"}, nil},
		{"meeting-cancelled", "ご面談の取りやめのお知らせ", []string{"取りやめとなりました", "invite.ics"}, []string{"必須", "任意（ご都合"}},
		{"recall", "資料の廃棄のお願い", []string{"Q26-00031", "印刷されたもの", "2026年12月1日（火）頃まで", "ご返信"}, []string{"灘", "2026-KOB", "辞退", "漏"}},
		{"passed-on-concierge", "メールのお取り次ぎ（Re: 支援機関へのご紹介のお知らせ）", []string{"tanaka@minato-bank.example", "直近の決算資料", "決算資料（2026年3月期）.pdf", "マクロを含むファイルのため", "上記の差出人へお取り次ぎいたします"}, nil},
		{"passed-on-doubt", "メールのお取り次ぎ（Re: 支援機関へのご紹介のお知らせ）", []string{"確かめられませんでした", "上記の差出人へは届きません"}, []string{"差出人へお取り次ぎいたします"}},
		{"passed-on-provider", "メールのお取り次ぎ", []string{"面談では、まず商品の特徴", "上記の差出人へお取り次ぎいたします"}, []string{"2026-KOB"}},
		{"withdrawn-candidate", "支援のお取り下げのお知らせ", []string{"Q26-00031", "厚く御礼"}, []string{"灘", "2026-KOB", "みなと", "資料"}},
		{"transcript", "ご指示のまとめの結果（3件、うち未実行1件）", []string{"【3回付HYOGO-CCI】", "結果：未実行", "ご了承が得られていないため"}, nil},
		{"transcript-stopped", "ご指示のまとめの結果（5件、うち未実行5件）", []string{"そこで止めました"}, nil},
		{"status-provider", "案件の経過のお知らせ", []string{"照会番号：Q26-00031", "企業名：株式会社灘酒造様"}, []string{"2026-KOB", "六甲", "辞退", "登録番号", "ジェトロ（"}},
		{"status-intake", "案件の経過のお知らせ", []string{"【兵庫商工会議所】", "受入担当：国際部北野聡"}, []string{"アジア班", "添えられた言葉"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := renderer(t, Options{}).Parts(sample(t, tc.name))
			if err != nil {
				t.Fatal(err)
			}
			if _, bare, tagged := strings.Cut(p.Subject, "k3f9q2] "); tagged && bare != tc.subject || !tagged && p.Subject != tc.subject {
				t.Errorf("subject %q, want %q", p.Subject, tc.subject)
			}
			text, html := said(p)
			for _, want := range tc.must {
				want = strings.ReplaceAll(want, " ", "")
				if !strings.Contains(text, want) {
					t.Errorf("the text does not say %q", want)
				}
				if cell := strings.ReplaceAll(want, "：",
					""); !strings.Contains(strings.ReplaceAll(html, "：", ""), strings.Trim(cell, "【】")) {
					t.Errorf("the HTML does not say %q", want)
				}
			}
			for _, never := range tc.mustNot {
				if strings.Contains(p.Subject+text+html, never) {
					t.Errorf("says %q", never)
				}
			}
		})
	}
}

func TestALetterToACandidateHoldsNoSecretOfTheCase(t *testing.T) {
	hidden := casework.Secrets(newModel(testOffice, sampleTime).upTo("inquired"), providerParty)
	if len(hidden) < 20 {
		t.Fatalf("only %d secrets", len(hidden))
	}
	r := renderer(t, Options{})
	for _, name := range []string{"inquiry", "inquiry-prefecture", "passed-over", "withdrawn-candidate"} {
		l := sample(t, name)
		p, err := r.Parts(l)
		if err != nil {
			t.Fatal(err)
		}
		if found := casework.Scan(hidden, []string{p.Subject, p.Text, p.HTML}); len(found) > 0 || len(l.Attach) > 0 {
			t.Errorf("%s shows %v, %d attachments", name, found, len(l.Attach))
		}
	}
	p, _ := r.Parts(sample(t, "referral"))
	if len(casework.Scan(hidden, []string{p.Text})) == 0 {
		t.Error("the scan finds nothing in a letter that names the company")
	}
}

func TestNoSubjectOrFileNameToAProviderNamesTheCompany(t *testing.T) {
	count := 0
	eachLetter(t, func(s Sample, p Parts) {
		if s.Letter.Party.Role != casework.RoleProvider {
			return
		}
		count++
		names := p.Subject
		for _, a := range s.Letter.Attach {
			names += "\n" + a.Name
		}
		if strings.Contains(names, "灘") || strings.Contains(names, "2026-KOB") {
			t.Errorf("%s: %q", s.Name, names)
		}
		if s.Letter.Case != 0 && !strings.HasPrefix(p.Subject, "[照会 Q26-00031 k3f9q2] ") {
			t.Errorf("%s: tag of %q", s.Name, p.Subject)
		}
	})
	if count < 15 {
		t.Errorf("only %d letters to providers", count)
	}
}

func TestLettersToOutsideNeverPress(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		role := s.Letter.Party.Role
		if role == casework.RoleClerk || role == casework.RoleConcierge {
			return
		}
		for _, word := range []string{"督促", "催促", "至急", "早急", "期限", "必ず", "遅れ", "未提出", "未回答", "警告", "違反", "怠"} {
			if strings.Contains(p.Subject+p.Text+p.HTML, word) {
				t.Errorf("%s says %s", s.Name, word)
			}
		}
	})
}

func TestALetterToHandOnSpeaksToTheCompanyAndCarriesNoCodeInItsText(t *testing.T) {
	count := 0
	eachLetter(t, func(s Sample, p Parts) {
		if !strings.HasSuffix(s.Name, "-via") {
			return
		}
		count++
		frame, body, ok := strings.Cut(p.Text, "■ 企業様へのご連絡\n株式会社灘酒造\n浜田 由紀 様\n")
		if !ok || !strings.HasPrefix(frame, "みなと銀行\n田中 一郎 様\n") || !strings.Contains(strings.ReplaceAll(frame, "\n", ""), "企業様へお渡しくださいますよう") {
			t.Errorf("%s: frame %q", s.Name, frame)
		}
		if strings.Contains(p.Text+p.HTML, "k3f9q2") || strings.Contains(p.HTML, "mailto:") || strings.Contains(body, "貴機関") {
			t.Errorf("%s: the company gets a code, a command or words for the agency", s.Name)
		}
		if !strings.Contains(body, "078-000-0042") {
			t.Errorf("%s: the company does not learn whom to call", s.Name)
		}
		if s.Letter.Party != intakeParty || s.Letter.Content.Kind() == casework.LetterConsent && strings.Contains(body, "1行目") {
			t.Errorf("%s: party %v", s.Name, s.Letter.Party)
		}
	})
	if count < 9 {
		t.Errorf("only %d letters to hand on", count)
	}
}

func TestALetterThatIsPrintedCarriesNoCode(t *testing.T) {
	l := sample(t, "inquiry")
	content := l.Content.(casework.InquiryLetter)
	content.Fax = true
	l.Content = content
	p, err := renderer(t, Options{}).Parts(l)
	code := strings.Contains(p.Text+p.HTML, "k3f9q2") || strings.Contains(p.HTML, "mailto:")
	if err != nil || code || strings.Contains(p.Text, "1行目") || !strings.Contains(p.Text, "お電話でも承ります") {
		t.Errorf("%v\n%s", err, p.Text)
	}
}

func TestTheWordThatOneQuestionTakesIsACommand(t *testing.T) {
	parser, _ := command.New(nil)
	asked := regexp.MustCompile(`本文の1行目に「([^」]*)」または「([^」]*)」とだけ`)
	count := 0
	eachLetter(t, func(s Sample, p Parts) {
		text, _ := said(p)
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			for _, word := range m[1:] {
				count++
				if call := parser.Line(word); call == nil || string(call.Name) != word {
					t.Errorf("%s asks for %q, which is read as %v", s.Name, word, call)
				}
			}
			if kind := s.Letter.Kind(); kind != casework.LetterInquiry && kind != casework.LetterConsent {
				t.Errorf("%s asks one question", s.Name)
			}
		}
	})
	if count < 8 {
		t.Errorf("only %d words", count)
	}
}

func TestNoSubjectBeginsWithTheNameOfACommand(t *testing.T) {
	var names []string
	for _, row := range command.Table {
		names = append(append(names, string(row.Name)), row.Aliases...)
	}
	eachLetter(t, func(s Sample, p Parts) {
		bare := p.Subject
		if _, rest, ok := strings.Cut(p.Subject, "] "); ok && s.Letter.Case != 0 {
			bare = rest
		}
		if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(bare, n) }); i >= 0 {
			t.Errorf("%s: %q begins with %s", s.Name, bare, names[i])
		}
	})
}

func TestSupportsAndAppointmentsInJapanese(t *testing.T) {
	start := time.Date(2026, 12, 3, 14, 0, 0, 0, casework.JST)
	for _, tc := range []struct{ rule, got, want string }{
		{"a day's appointment", span(start, start.Add(90*time.Minute)), "2026年12月3日（木）14:00-15:30"},
		{"over midnight", span(start, start.Add(20*time.Hour)), "2026年12月3日（木）14:00～2026年12月4日（金）10:00"},
		{"without an end", span(start, time.Time{}), "2026年12月3日（木）14:00"},
		{"in another zone", moment(start.UTC()), "2026年12月3日（木）14:00"},
		{"none", span(time.Time{}, start), ""},
		{"an agency", supporter(casework.SupportView{Agency: "HYOGO-CCI", AgencyName: "兵庫商工会議所"}), "兵庫商工会議所"},
		{"JETRO's service", supporter(casework.SupportView{Service: "専門家相談"}), "ジェトロ（専門家相談）"},
		{"JETRO", supporter(casework.SupportView{}), "ジェトロ"},
		{"by phone", spoken(casework.SpokenPhone), "お電話にて"},
		{"by letter", spoken(casework.SpokenPost), "郵送にて"},
		{"by mail", spoken(""), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.rule, tc.got, tc.want)
		}
	}
}
