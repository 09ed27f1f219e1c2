package x

import (
	"maps"
	"slices"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A partial error says, inside an answer with status 200, what of it is
// missing and why.
type partial struct {
	title, detail, kind string // kind is the last part of the type's address
	resource            string // user or tweet
	parameter, value    string
	section, field      string // where given
}

func (e *partial) append(b []byte, v *vocabulary) []byte {
	b = append(b, '{')
	for _, m := range []struct{ name, value string }{
		{"value", e.value}, {"detail", e.detail}, {"title", e.title}, {"resource_type", e.resource}, {"parameter", e.parameter},
		{"resource_id", e.value}, {"section", e.section}, {"field", e.field}, {"type", v.problems + e.kind},
	} {
		if m.value != "" {
			b = append(sandbox.AppendString(sandbox.AppendKey(b, m.name), m.value), ',')
		}
	}
	return sandbox.CloseList(b, '}')
}

func notFound(resource, parameter, value string) partial {
	return partial{
		title: "Not Found Error", kind: "resource-not-found", resource: resource, parameter: parameter, value: value,
		detail: "Could not find " + resource + " with " + parameter + ": [" + value + "].",
	}
}

func suspended(parameter, value string) partial {
	return partial{
		title: "Forbidden", kind: "resource-not-found", resource: "user", parameter: parameter, value: value,
		detail: "User has been suspended: [" + value + "].",
	}
}

// notAllowed is what is said of the posts of a protected account.
func notAllowed(resource, parameter, value string) partial {
	return partial{
		title: "Authorization Error", kind: "not-authorized-for-resource", resource: resource, parameter: parameter, value: value, section: "data",
		detail: "Sorry, you are not authorized to see the " + resource + " with " + parameter + ": [" + value + "].",
	}
}

// fieldNotAllowed is what is said of numbers that only a post's owner may see.
func fieldNotAllowed(parameter, value, field, section string) partial {
	return partial{
		title: "Field Authorization Error", kind: "not-authorized-for-field", resource: "tweet", parameter: parameter, value: value,
		section: section, field: field,
		detail: "Sorry, you are not authorized to access '" + field + "' on the Tweet with " + parameter + ": [" + value + "].",
	}
}

// appendErrors appends the member errors, unless there are none.
func appendErrors(b []byte, errs []partial, v *vocabulary) []byte {
	if len(errs) == 0 {
		return b
	}
	b = append(b, `"errors":[`...)
	for i := range errs {
		b = append(errs[i].append(b, v), ',')
	}
	return append(sandbox.CloseList(b, ']'), ',')
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
