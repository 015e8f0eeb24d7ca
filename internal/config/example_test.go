package config

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheExampleIsWhatTheModuleShows(t *testing.T) {
	const shown = "../../config.example.toml"
	if *update {
		if err := os.WriteFile(shown, []byte(Example()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(shown)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != Example() {
		t.Error("config.example.toml differs from Example(); run the test with -update")
	}
}

func TestTheExampleLoads(t *testing.T) {
	c, err := Load(folder(t, Example(), nil), env)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if _, ok := c.Roster().Agency("MINATO-BANK", at); !ok {
		t.Error("its agency is not in the roster")
	}
	if o := c.Office(); o.Code != "KOB" || o.Mailbox.Name != "ジェトロ神戸 受付窓口" || o.Mailbox.Addr != "kobe-intake@jetro.example" {
		t.Errorf("Office = %+v", o)
	}
	if password, err := c.SMTP.Password.Read(context.Background()); err != nil || password != "sesame-42" || c.SMTP.User != c.IMAP.User {
		t.Errorf("SMTP logs in as %q: %v", c.SMTP.User, err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
}

// TestTheExampleShowsTheDefaults uncomments each setting of the example that stands there with its default.
func TestTheExampleShowsTheDefaults(t *testing.T) {
	placeholders := []string{"roster", "layout", "templates", "refresh_token_file", "token_url", "client_id", "client_secret_file", "scopes",
		"off", "\"引受\"", "fax", "from", "until", "deputy", "countries", "charset", "addr", "info_form"}
	var text strings.Builder
	uncommented := 0
	for line := range strings.SplitSeq(Example(), "\n") {
		if setting, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(setting, " = ") {
			key, _, _ := strings.Cut(setting, " = ")
			if !strings.Contains(key, " ") && !slices.Contains(placeholders, key) {
				line = setting
				uncommented++
			}
		}
		fmt.Fprintln(&text, line)
	}
	plain, err := Load(folder(t, Example(), nil), env)
	if err != nil {
		t.Fatal(err)
	}
	full, err := Load(folder(t, text.String(), nil), env)
	if err != nil {
		t.Fatal(err)
	}
	if uncommented < 30 {
		t.Errorf("only %d settings uncommented", uncommented)
	}
	for _, section := range []func(*Config) any{
		func(c *Config) any { return c.Bureau }, func(c *Config) any { return c.Limits }, func(c *Config) any { return c.Sending }, func(c *Config) any { return c.Drafts.DeletedAfter },
		func(c *Config) any { return c.Codes }, func(c *Config) any { return c.Inquiry }, func(c *Config) any { return c.Log }, func(c *Config) any { return c.Data },
		func(c *Config) any {
			return []any{c.IMAP.Inbox, c.IMAP.Done, c.IMAP.Aside, c.IMAP.Machine, c.IMAP.Sent, c.IMAP.Drafts, c.IMAP.Poll, c.IMAP.SentCopies}
		},
		func(c *Config) any {
			return []any{c.IMAP.TLS, c.IMAP.Auth, c.SMTP.TLS, c.SMTP.Auth, c.SMTP.User, c.SMTP.CAFile}
		},
	} {
		if a, b := section(plain), section(full); !reflect.DeepEqual(a, b) {
			t.Errorf("defaults shown and defaults used differ:\n%+v\n%+v", b, a)
		}
	}
}

// TestTheExampleNamesEverySetting walks over the schema.
func TestTheExampleNamesEverySetting(t *testing.T) {
	var walk func(at string, typ reflect.Type)
	walk = func(at string, typ reflect.Type) {
		for key, index := range fieldsOf(typ) {
			if !strings.Contains(Example(), key+" = ") && !strings.Contains(Example(), key+"]") && !strings.Contains(Example(), key+" or") && !strings.Contains(Example(), "or "+key) {
				t.Errorf("the example does not show %s", join(at, key))
			}
			field := typ.FieldByIndex(index).Type
			if field.Kind() == reflect.Slice {
				field = field.Elem()
			}
			if field.Kind() == reflect.Struct && !reflect.PointerTo(field).Implements(textType) {
				walk(join(at, key), field)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
}
