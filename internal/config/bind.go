package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// binder puts parsed TOML into structs by their toml tags. Other than a decoder it does not stop at the first
// value of the wrong kind, and it knows what an unknown key was probably meant to be.
type binder struct {
	prefix string // "agencies.toml: " for a roster file
	found  *findings
	schema reflect.Type // the whole file, to say where a misplaced key belongs
}

var (
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType = reflect.TypeFor[time.Duration]()
)

// document binds a whole file.
func (b *binder) document(doc map[string]any, into any) {
	v := reflect.ValueOf(into).Elem()
	b.schema = v.Type()
	b.table("", doc, v)
}

func (b *binder) fault(field string, v any, hint string, args ...any) {
	b.found.add(b.prefix+field, shown(field, v), hint, args...)
}

func (b *binder) table(at string, doc map[string]any, into reflect.Value) {
	fields := fieldsOf(into.Type())
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if index, ok := fields[key]; ok {
			b.value(join(at, key), doc[key], into.FieldByIndex(index))
			continue
		}
		b.unknown(at, key, doc[key], fields)
	}
}

// fieldsOf returns the keys of a struct, those of embedded structs included.
func fieldsOf(t reflect.Type) map[string][]int {
	out := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if key := f.Tag.Get("toml"); key != "" && key != "-" {
			out[key] = f.Index
		}
	}
	return out
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// value binds one value; what it cannot bind leaves the default and an error.
func (b *binder) value(at string, v any, into reflect.Value) {
	switch {
	case into.Type() == durationType:
		b.duration(at, v, into)
		return
	case into.Addr().Type().Implements(textType):
		b.text(at, v, into)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		doc, ok := v.(map[string]any)
		if !ok {
			b.fault(at, v, "must be a section, [%s]", at)
			return
		}
		b.table(at, doc, into)
	case reflect.Slice:
		b.list(at, v, into)
	case reflect.Map:
		b.words(at, v, into)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			b.fault(at, v, "must be text in quotes")
			return
		}
		into.SetString(s)
	case reflect.Bool:
		t, ok := v.(bool)
		if !ok {
			b.fault(at, v, "must be true or false, without quotes")
			return
		}
		into.SetBool(t)
	case reflect.Int:
		n, ok := v.(int64)
		if !ok || into.OverflowInt(n) {
			b.fault(at, v, "must be a whole number, without quotes")
			return
		}
		into.SetInt(n)
	default:
		panic("config: no way to bind " + into.Type().String()) // the schema is ours
	}
}

func (b *binder) list(at string, v any, into reflect.Value) {
	items, ok := v.([]any)
	isTables := into.Type().Elem().Kind() == reflect.Struct && !reflect.PointerTo(into.Type().Elem()).Implements(textType)
	if !ok {
		if isTables {
			b.fault(at, v, "must be a list of sections, [[%s]]", at)
		} else {
			b.fault(at, v, "must be a list in square brackets")
		}
		return
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		b.value(fmt.Sprintf("%s[%d]", at, i), item, out.Index(i))
	}
	into.Set(out)
}

// words binds a map from a word to a list of words, whose keys the office chooses.
func (b *binder) words(at string, v any, into reflect.Value) {
	doc, ok := v.(map[string]any)
	if !ok {
		b.fault(at, v, "must be a section, [%s]", at)
		return
	}
	out := reflect.MakeMap(into.Type())
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		list := reflect.New(into.Type().Elem()).Elem()
		b.list(join(at, key), doc[key], list)
		out.SetMapIndex(reflect.ValueOf(key), list)
	}
	into.Set(out)
}

func (b *binder) duration(at string, v any, into reflect.Value) {
	s, _ := v.(string)
	d, err := time.ParseDuration(s)
	if err != nil {
		b.fault(at, v, `must be a time in quotes, such as "10m", "90s" or "1h30m"`)
		return
	}
	into.SetInt(int64(d))
}

// text binds what reads itself; dates, times and numbers may stand without quotes.
func (b *binder) text(at string, v any, into reflect.Value) {
	var s string
	switch t := v.(type) {
	case string:
		s = t
	case int64:
		s = strconv.FormatInt(t, 10)
	case toml.LocalDate:
		s = t.String()
	case toml.LocalTime:
		s = t.String()
	default:
		s = "\x00" // no type reads this: its own error names the right form
	}
	fresh := reflect.New(into.Type())
	if err := fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		b.fault(at, v, "%v", err)
		return
	}
	into.Set(fresh.Elem())
}

// unknown tells what a key that is not known was probably meant to be.
func (b *binder) unknown(at, key string, v any, fields map[string][]int) {
	field := join(at, key)
	if looksSecret(key) && fields["password_file"] != nil {
		b.found.guessed[b.prefix+join(at, "password_file")] = true
		b.fault(field, v, "a secret does not stand in the configuration; put it into a file and name it in password_file, or name a variable in password_env")
		return
	}
	if home, ok := b.homeOf(key, at); ok {
		b.found.guessed[b.prefix+home] = true
		b.fault(field, v, "is not known here; %s", b.whereTo(home))
		return
	}
	if near := nearestWord(key, slices.Sorted(maps.Keys(fields))); near != "" {
		b.found.guessed[b.prefix+join(at, near)] = true
		if at == "" {
			b.found.guessed[near] = true // [[cleark]] in a roster file stands for a clerk of the whole
		}
		b.fault(field, v, "is not known; did you mean %s?", near)
		return
	}
	if holdsSecrets(fields) {
		v = notShown // whatever the key was to mean
	}
	b.fault(field, v, "is not known; known here: %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
}

// homeOf finds the one section, or the top level, that has a key of that name. Rows of lists are at home where they are.
func (b *binder) homeOf(key, at string) (string, bool) {
	top := fieldsOf(b.schema)
	if _, ok := top[key]; ok && at != "" {
		return key, true
	}
	if strings.Contains(at, "[") {
		return "", false
	}
	var homes []string
	for section, index := range top {
		t := b.schema.FieldByIndex(index).Type
		if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(textType) {
			continue
		}
		if _, ok := fieldsOf(t)[key]; ok {
			homes = append(homes, join(section, key))
		}
	}
	if len(homes) == 1 {
		return homes[0], true
	}
	return "", false
}

func (b *binder) whereTo(home string) string {
	if section, _, ok := strings.Cut(home, "."); ok {
		return "it belongs into [" + section + "]"
	}
	return "it belongs to the top, above the first [section]"
}

// secretWord tells a key under which somebody may have written a secret.
func secretWord(key string) bool {
	k := strings.ToLower(key)
	if strings.HasSuffix(k, "_file") || strings.HasSuffix(k, "_env") || strings.HasSuffix(k, "_url") {
		return false
	}
	for _, w := range []string{"pass", "pw", "secret", "token", "key", "パスワード"} {
		if strings.Contains(k, w) {
			return true
		}
	}
	return false
}

// looksSecret is secretWord for a key that may be misspelt.
func looksSecret(key string) bool {
	return secretWord(key) || editDistance(strings.ToLower(key), "password") <= 2
}

// holdsSecrets tells whether a section is one where people are tempted to write a secret.
func holdsSecrets(fields map[string][]int) bool {
	for key := range fields {
		if strings.HasSuffix(key, "_env") {
			return true
		}
	}
	return false
}

const notShown = "(not shown)"

// shown returns a value as it was written, for an error; what may be a secret, and what is long, is cut short.
func shown(field string, v any) string {
	if i := strings.LastIndexByte(field, '.'); looksSecret(field[i+1:]) {
		return notShown
	}
	var s string
	switch t := v.(type) {
	case string:
		s = t
	case map[string]any:
		s = "{…}"
	case []any:
		s = fmt.Sprintf("[… %d]", len(t))
	default:
		s = fmt.Sprint(t)
	}
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return s
}

// nearestWord returns the one of words that s was probably meant to be, or "": one slip in a short word, up to three
// in a long one, else a word that begins alike.
func nearestWord(s string, words []string) string {
	best, found := min(1+len(s)/5, 3)+1, ""
	for _, w := range words {
		if n := editDistance(s, w); n < best && n < len(s) {
			best, found = n, w
		}
	}
	for _, w := range words {
		if found == "" && min(len(s), len(w)) >= 3 && (strings.HasPrefix(w, s) || strings.HasPrefix(s, w)) {
			found = w
		}
	}
	return found
}

// editDistance is the optimal string alignment distance in bytes; keys are short, and longer ones are far from all.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			n := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, rows[i-2][j-2]+1)
			}
			rows[i][j] = n
		}
	}
	return rows[len(a)][len(b)]
}
