package play

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Bare is the press of the core alone: a letter shows all that stands in its content, whether a template prints it or not,
// in the names of its people and in its opened attachments. It scans for the
// letter's secrets and for foreign codes as the shell does.
type Bare struct{}

// Print implements Press.
func (Bare) Print(l casework.Letter, open func(casework.Attachment) string) ([]string, error) {
	texts := Strings(l.Content)
	texts = append(texts, l.Number, l.InReplyTo)
	texts = append(texts, l.References...)
	for _, a := range append(append([]casework.Address{}, l.To...), l.Cc...) {
		texts = append(texts, a.Name, a.Addr)
	}
	var sealed []string // what another office gets: the shell sees its encrypted bytes
	for _, a := range l.Attach {
		texts = append(texts, a.Name)
		into := &texts
		if a.Protect.Office != "" {
			into = &sealed
		}
		*into = append(*into, open(a))
		*into = append(*into, Strings(a.Values)...)
		*into = append(*into, Strings(a.Member)...)
		*into = append(*into, Strings(a.Problems)...)
		*into = append(*into, Strings(a.Bundle)...)
	}
	if found := casework.Scan(l.Secrets, texts); len(found) > 0 {
		return nil, fmt.Errorf("letter %s to a %s would disclose %s", l.Kind(), l.Party.Role, strings.Join(found, ", "))
	}
	if slices.ContainsFunc(texts, func(t string) bool { return casework.HasCode(t, l.Foreign) }) {
		return nil, fmt.Errorf("letter %s to a %s would disclose the code of another party", l.Kind(), l.Party.Role)
	}
	return append(texts, sealed...), nil
}

// Strings are all texts and numbers in a value, at any depth.
func Strings(v any) []string {
	var out []string
	collect(reflect.ValueOf(v), &out)
	return out
}

func collect(v reflect.Value, out *[]string) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); s != "" {
			*out = append(*out, s)
		}
	case reflect.Int64:
		if n := v.Int(); n > 1_000_000_000 {
			*out = append(*out, fmt.Sprint(n))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			collect(v.Elem(), out)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			collect(v.Index(i), out)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			collect(k, out)
			collect(v.MapIndex(k), out)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				collect(v.Field(i), out)
			}
		}
	}
}

// shown is the View of a letter's content.
func shown(c casework.Content) casework.View {
	return reflect.ValueOf(c).FieldByName("View").Interface().(casework.View)
}

// PlainCodes stand in for keyed codes where the core is played alone.
type PlainCodes struct{}

// Code implements Codes: one for each case, party and week.
func (PlainCodes) Code(caseID int64, party string, at time.Time) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", caseID, party, at.Unix()/(7*24*3600))
	return fmt.Sprintf("k%012x", h.Sum64()&(1<<48-1))
}
