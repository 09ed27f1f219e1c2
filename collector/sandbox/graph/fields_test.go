package graph

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFields(t *testing.T) {
	tests := []struct {
		text string
		want []Field
	}{
		{"", nil},
		{" \n", nil},
		{"id", []Field{{Name: "id"}}},
		{"id, caption\n,timestamp", []Field{{Name: "id"}, {Name: "caption"}, {Name: "timestamp"}}},
		{"media{}", []Field{{Name: "media", Braces: true}}},
		{"business_discovery.username(governo.acre){id,media.after(QVFI=).limit(25){id,like_count}}", []Field{{
			Name: "business_discovery", Args: []Arg{{"username", "governo.acre"}}, Braces: true,
			Fields: []Field{{Name: "id"}, {
				Name: "media", Args: []Arg{{"after", "QVFI="}, {"limit", "25"}}, Braces: true,
				Fields: []Field{{Name: "id"}, {Name: "like_count"}},
			}},
		}}},
	}
	for _, tt := range tests {
		got, err := ParseFields(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("ParseFields(%q): error %v\n%s", tt.text, err, diff)
		}
	}
}

func TestParseFieldsErrors(t *testing.T) {
	for _, text := range []string{
		",", "id,", "id,,name", "id}", "{id}", "media{id", "media{id}}", "media.limit", "media.limit(", "media.limit(3", "media.(3)", "é", "id name",
		strings.Repeat("a{", 20) + strings.Repeat("}", 20), strings.Repeat("a,", 400) + "a",
	} {
		fields, err := ParseFields(text)
		var e *Error
		if !errors.As(err, &e) || e.Code != 2500 || fields != nil {
			t.Errorf("ParseFields(%.40q): got %v and error %v, want 2500", text, fields, err)
		}
	}
}

// Whatever is parsed can be written and parsed again to the same.
func FuzzParseFields(f *testing.F) {
	for _, seed := range []string{"", "id,caption", "media.limit(3).after(x){id,children{id}}", "business_discovery.username(a.b){media{id}}", "a{b{c{d{}}}}", "a.(", "a.b(c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := ParseFields(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code != 2500 {
				t.Fatalf("ParseFields(%q): error %v", text, err)
			}
			return
		}
		again, err := ParseFields(FieldsText(fields))
		if diff := cmp.Diff(fields, again); diff != "" || err != nil {
			t.Fatalf("ParseFields(%q), written as %q: error %v\n%s", text, FieldsText(fields), err, diff)
		}
	})
}
