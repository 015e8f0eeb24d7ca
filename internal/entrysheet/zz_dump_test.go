package entrysheet

import ("testing";"os";"fmt";"time";"sort";"encoding/json")

func TestZZDump(t *testing.T) {
	fn := os.Getenv("DUMP")
	if fn == "" { return }
	b, err := os.ReadFile(fn)
	if err != nil { t.Fatal(err) }
	s := Read(b, DefaultLayout(), time.Date(2026,11,17,0,0,0,0,time.UTC), DefaultLimits())
	fmt.Println(s.Kind, s.Error, s.Reason, s.Name)
	var keys []string
	for k := range s.Cells { keys = append(keys, k) }
	for k := range s.Values { if _, ok := s.Cells[k]; !ok { keys = append(keys, k) } }
	sort.Strings(keys)
	for _, k := range keys { v,_ := json.Marshal(s.Values[k]); c := s.Cells[k]; fmt.Printf("%-28s %s   [%s %s | %q]\n", k, v, c.Cell, c.Rule, c.Raw) }
	for _, p := range s.Problems { fmt.Printf("%+v\n", p) }
}
func BenchmarkZZ(b *testing.B) {
	d, _ := os.ReadFile(os.Getenv("DUMP"))
	b.ReportAllocs()
	for b.Loop() { Read(d, DefaultLayout(), time.Date(2026,11,17,0,0,0,0,time.UTC), DefaultLimits()) }
}
