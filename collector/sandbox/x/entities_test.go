package x

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindEntities(t *testing.T) {
	tests := []struct {
		text string
		want entities
	}{
		{"", entities{}},
		{"Wash hands. #COVID19 https://bit.ly/2.", entities{hashtags: []span{{12, 20, "COVID19"}}, urls: []span{{21, 37, "https://bit.ly/2"}}}},
		{"#1 of #2020goals, a#b", entities{hashtags: []span{{6, 16, "2020goals"}}}},
		{"مہم #صحت جاری", entities{hashtags: []span{{4, 8, "صحت"}}}},
		{"🇧🇷 #Educação!", entities{hashtags: []span{{3, 12, "Educação"}}}},
		{"ask @CDCMMWR, not me@example.org or @a_name_that_is_too_long", entities{mentions: []span{{4, 12, "CDCMMWR"}}}},
		{"a &amp; b #c", entities{hashtags: []span{{10, 12, "c"}}}},
		{"see (http://example.org/a)", entities{urls: []span{{5, 25, "http://example.org/a"}}}},
		{"# @ https://", entities{}},
		{"\xff#\xff", entities{}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, findEntities(tt.text), cmp.AllowUnexported(entities{}, span{})); d != "" {
			t.Errorf("findEntities(%q) (-want +got):\n%s", tt.text, d)
		}
	}
}

// Positions are by code points, and never outside of the text.
func FuzzFindEntities(f *testing.F) {
	for _, seed := range []string{"a #b @c https://d.e/f", "#صحت", "#\u200c", "@", "https://", "\xff#a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		letters := []rune(text)
		e := findEntities(text)
		for prefix, spans := range map[string][]span{"#": e.hashtags, "@": e.mentions, "": e.urls} {
			for _, s := range spans {
				if s.start < 0 || s.end > len(letters) || string(letters[s.start:s.end]) != prefix+s.text {
					t.Fatalf("findEntities(%q): %+v", text, s)
				}
			}
		}
	})
}
