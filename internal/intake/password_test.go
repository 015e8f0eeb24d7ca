package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPasswordsInFindsTheLikeliestFirst(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"先ほどのファイルのパスワードは下記の通りです。\n\nパスワード：Kobe2026!\n\nよろしくお願いいたします。", "Kobe2026!"},
		{"解凍パスワードをお知らせします。\n\nPW: ab9#Kq2X\n\n※本メールは自動送信です。", "ab9#Kq2X"},
		{"パスワードは「nada-2026」です。", "nada-2026"},
		{"パスワードはxyz789です。", "xyz789"},
		{"ＰＷ：Ｎａｄａ２０２６", "Nada2026"},
		{"解凍パスワード\n\n　 8Fh!2k_Q\n\nよろしく", "8Fh!2k_Q"},
		{"【パスワード】 s3cret", "s3cret"},
		{"Password is hunter2.", "hunter2."},
		{"The password: \"open sesame\" or so\npassword = s-e-s-a-m-e", "s-e-s-a-m-e"},
		{"添付の件です。\n\nqW3rTy99\n\n佐藤", "qW3rTy99"},
		{"パスワード→　kobe-78", "kobe-78"},
		{"pass：1116", "1116"},
		{"暗証番号は 20261116 です", "20261116"},
		{"合言葉は「さくら」でお願いします。パスワード：さくら", "さくら"},
		{"（解凍PW = Zx!9(0)）", "Zx!9(0)"},
	} {
		got := PasswordsIn(c.text)
		if at := slices.Index(got, c.want); at < 0 || at > 2 {
			t.Errorf("%q: %q stands at %d of %q", c.text, c.want, at, got)
		}
	}
}

func TestPasswordsInAlsoTriesWhatFollowsASentencesEnd(t *testing.T) {
	for text, want := range map[string]string{"Password is hunter2.": "hunter2", "（解凍PW：abc123)": "abc123", "パスワードＡｂｃ１２３を": "Abc123", "ＰＷ：Ｎａｄａ": "Ｎａｄａ"} {
		if got := PasswordsIn(text); !slices.Contains(got, want) {
			t.Errorf("%q: %q is not in %q", text, want, got)
		}
	}
}

func TestPasswordsInPassesOverAddressesAndRules(t *testing.T) {
	if got := PasswordsIn("https://example.jp/a1?b=2\ntanaka@bank.example\n----------\n=====\n山田"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestPasswordsInIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&b, "word%d ", i)
	}
	if got := PasswordsIn(b.String()); len(got) != maxPasswords {
		t.Errorf("%d candidates", len(got))
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, p := range PasswordsIn(rapid.String().Draw(t, "text")) {
			if n := utf8.RuneCountInString(p); n == 0 || n > longestPassword || strings.ContainsAny(p, " \n") {
				t.Fatalf("%q", p)
			}
		}
	})
}
