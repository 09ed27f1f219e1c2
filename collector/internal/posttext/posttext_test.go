package posttext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in          string
		links, tags []string
	}{
		{"", nil, nil},
		{"#Sindh #کراچی، #سندھ_حکومت۔ #one#two", nil, []string{"Sindh", "کراچی", "سندھ_حکومت", "one", "two"}},
		{"#سنده\u200cحکومت #Ni\u0303no #कराची", nil, []string{"سنده\u200cحکومت", "Ni\u0303no", "कराची"}},
		{"the #1 team, # alone, a#b, #2024Floods #Sindh #Sindh", nil, []string{"2024Floods", "Sindh"}},
		{"see https://sindh.gov.pk/a#part, (http://x.pk/b) and HTTPS://X.pk", []string{"https://sindh.gov.pk/a#part", "http://x.pk/b", "HTTPS://X.pk"}, nil},
		{"دیکھیں https://sindh.gov.pk/خبر۔ شکریہ https://sindh.gov.pk/خبر", []string{"https://sindh.gov.pk/خبر"}, nil},
		{"https:// http://. xhttps://a.pk", nil, nil},
		{"Title\n\n00:00 Start\nhttps://a.pk", []string{"https://a.pk"}, nil},
		{"＃全角 #", nil, []string{"全角"}},
	}
	for _, tt := range tests {
		links, tags := Parse(tt.in)
		if d := cmp.Diff([][]string{tt.links, tt.tags}, [][]string{links, tags}); d != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, d)
		}
	}
}
