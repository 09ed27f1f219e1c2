package tiktok

import (
	"slices"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A page is a page of an account's videos, newest first.
type page struct {
	videos []*video
	cursor int64 // Unix milliseconds: the next page lies before it
	more   bool
}

// shows says whether others can see the video.
func (c *call) shows(v *video) bool {
	return !v.private && v.published <= c.at && !c.faults.private[v.id] && !c.faults.allHidden[v.account.Handle]
}

// list returns the page of so many videos that were published before the
// cursor; 0 stands for now. What is private takes its place on the page without
// being shown, so a page may be short, or empty, although more follow.
func (c *call) list(cursor int64, size int) page {
	all := c.owner.account.all
	end := c.at + 1
	if cursor > 0 {
		end = min(end, (cursor+999)/1000) // the first second that is not before it
	}
	n := publishedBy(all, end-1)
	if c.faults.allHidden[c.owner.account.Handle] {
		n = 0
	}
	if n > 0 && c.faults.emptyEach {
		if before := all[n-1].published*1000 + 1; cursor == 0 || cursor > before {
			return page{cursor: before, more: true}
		}
	}
	from := max(n-size, 0)
	p := page{more: from > 0}
	for _, v := range slices.Backward(all[from:n]) {
		p.cursor = v.published * 1000
		if c.shows(v) {
			p.videos = append(p.videos, v)
		}
	}
	return p
}

// appendPage appends the page as both APIs write it.
func appendPage(p page, write func(b []byte, v *video) []byte) []byte {
	b := []byte(`{"videos":[`)
	for _, v := range p.videos {
		b = append(write(b, v), ',')
	}
	b = sandbox.CloseList(b, ']')
	b = sandbox.AppendInt(append(b, `,"cursor":`...), p.cursor)
	if p.more {
		return append(b, `,"has_more":true}`...)
	}
	return append(b, `,"has_more":false}`...)
}

// A member is a field that can be asked for.
type member[T any] struct {
	name  string
	scope string
	write func(c *call, b []byte, of T) []byte // its value; nil: the sandbox has none and leaves it out
}

// find returns the member with the name, or nil.
func find[T any](all []member[T], name string) *member[T] {
	i := slices.IndexFunc(all, func(m member[T]) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// appendMembers appends an object of the members.
func appendMembers[T any](c *call, b []byte, members []*member[T], of T) []byte {
	b = append(b, '{')
	for _, m := range members {
		if m.write == nil {
			continue
		}
		from := len(b)
		b = sandbox.AppendKey(b, m.name)
		begun := len(b)
		if b = m.write(c, b, of); len(b) == begun {
			b = b[:from] // unknown
			continue
		}
		b = append(b, ',')
	}
	return sandbox.CloseList(b, '}')
}

// appendText, appendBool and appendKnown append a value.
func appendText(b []byte, s string) []byte { return sandbox.AppendString(b, s) }

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

func appendKnown(b []byte, n int64) []byte {
	if n == sandbox.Unknown {
		return b
	}
	return sandbox.AppendInt(b, n)
}
