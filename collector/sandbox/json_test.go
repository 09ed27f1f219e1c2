package sandbox

import (
	"encoding/json"
	"testing"
)

// What AppendString writes is what encoding/json reads.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "é ✅ 🇵🇰 اردو", "\xff\xfe", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _ := json.Marshal(s)
		var got, wanted string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil {
			t.Fatalf("AppendString(%q): %v", s, err)
		}
		if err := json.Unmarshal(want, &wanted); err != nil || got != wanted {
			t.Fatalf("AppendString(%q): read back as %q, want %q", s, got, wanted)
		}
	})
}
