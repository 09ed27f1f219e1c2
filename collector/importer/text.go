package importer

import (
	"html"
	"strings"

	"github.com/hamawaz/hamawaz/collector/internal/posttext"
)

// cleanText returns a caption as the platform showed it. Workbooks write a
// carriage return as _x000D_, some exports write & as &amp;.
func cleanText(s string, entities bool) string {
	if strings.Contains(s, "_x000") {
		s = strings.NewReplacer("_x000D_\n", "\n", "_x000D_", "\n", "_x000A_", "\n", "_x0009_", "\t").Replace(s)
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	if entities && strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return posttext.Valid(s)
}
