package dashboard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A diffPart is a stretch of text that two wordings share, or that one of them
// lacks.
type diffPart struct {
	Text string
	Is   string // "" in both, "new" only in the second, "gone" only in the first
}

// diffUpTo is the product of the words of two texts up to which they are held
// against each other; above it the whole text is gone and the other new.
const diffUpTo = 4_000_000

// diffWords holds two texts against each other word by word. The parts that
// are not gone make the second text, those that are not new the first.
func diffWords(before, after string) []diffPart {
	a, b := words(before), words(after)
	if len(a)*len(b) > diffUpTo {
		return []diffPart{{before, "gone"}, {after, "new"}}
	}
	// common[i][j] is how many words a[i:] and b[j:] share, in their order.
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var parts []diffPart
	add := func(is, word string) {
		if n := len(parts); n > 0 && parts[n-1].Is == is {
			parts[n-1].Text += word
			return
		}
		parts = append(parts, diffPart{word, is})
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add("", a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			add("gone", a[i])
			i++
		default:
			add("new", b[j])
			j++
		}
	}
	return parts
}

// words cuts a text into words and the spaces between them; joined they are the
// text again.
func words(s string) []string {
	var list []string
	for s != "" {
		first, _ := utf8.DecodeRuneInString(s)
		space := unicode.IsSpace(first)
		end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) != space })
		if end < 0 {
			end = len(s)
		}
		list = append(list, s[:end])
		s = s[end:]
	}
	return list
}
