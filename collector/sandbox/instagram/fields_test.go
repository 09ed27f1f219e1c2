package instagram

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFields(t *testing.T) {
	tests := []struct {
		text string
		want []field
	}{
		{"", nil},
		{" \n", nil},
		{"id", []field{{name: "id"}}},
		{"id, caption\n,timestamp", []field{{name: "id"}, {name: "caption"}, {name: "timestamp"}}},
		{"media{}", []field{{name: "media", braces: true}}},
		{"business_discovery.username(governo.acre){id,media.after(QVFI=).limit(25){id,like_count}}", []field{{
			name: "business_discovery", args: []arg{{"username", "governo.acre"}}, braces: true,
			fields: []field{{name: "id"}, {
				name: "media", args: []arg{{"after", "QVFI="}, {"limit", "25"}}, braces: true,
				fields: []field{{name: "id"}, {name: "like_count"}},
			}},
		}}},
	}
	for _, tt := range tests {
		got, err := parseFields(tt.text)
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(field{}, arg{})); diff != "" || err != nil {
			t.Errorf("parseFields(%q): error %v\n%s", tt.text, err, diff)
		}
	}
}

func TestParseFieldsErrors(t *testing.T) {
	for _, text := range []string{
		",", "id,", "id,,name", "id}", "{id}", "media{id", "media{id}}", "media.limit", "media.limit(", "media.limit(3", "media.(3)", "é", "id name",
		strings.Repeat("a{", 20) + strings.Repeat("}", 20), strings.Repeat("a,", 400) + "a",
	} {
		fields, err := parseFields(text)
		var e *GraphError
		if !errors.As(err, &e) || e.Code != 2500 || fields != nil {
			t.Errorf("parseFields(%.40q): got %v and error %v, want 2500", text, fields, err)
		}
	}
}

// Whatever is parsed can be written and parsed again to the same.
func FuzzParseFields(f *testing.F) {
	for _, seed := range []string{"", "id,caption", "media.limit(3).after(x){id,children{id}}", "business_discovery.username(a.b){media{id}}", "a{b{c{d{}}}}", "a.(", "a.b(c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := parseFields(text)
		if err != nil {
			var e *GraphError
			if !errors.As(err, &e) || e.Code != 2500 {
				t.Fatalf("parseFields(%q): error %v", text, err)
			}
			return
		}
		again, err := parseFields(fieldsText(fields))
		if diff := cmp.Diff(fields, again, cmp.AllowUnexported(field{}, arg{})); diff != "" || err != nil {
			t.Fatalf("parseFields(%q), written as %q: error %v\n%s", text, fieldsText(fields), err, diff)
		}
	})
}
