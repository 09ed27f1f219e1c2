package facebook

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// A postField writes one field of a post, with a comma behind it; nothing where
// the platform would leave it out.
type postField func(b []byte, c *call, p *post, r *reading) []byte

// postFields are the fields of a post that the sandbox knows, besides those
// that take modifiers. Asking for any other is error 100 for the whole call.
var postFields = map[string]postField{
	"id":            postText("id", (*post).key),
	"message":       postText("message", func(p *post) string { return p.message }),
	"story":         postText("story", func(p *post) string { return p.story }),
	"permalink_url": postText("permalink_url", (*post).permalink),
	"status_type":   postText("status_type", func(p *post) string { return kinds[p.kind].status }),
	"parent_id":     postText("parent_id", func(p *post) string { return p.parent }),
	"full_picture": func(b []byte, c *call, p *post, _ *reading) []byte {
		if kinds[p.kind].mediaType == "" {
			return b
		}
		return append(sandbox.AppendString(sandbox.AppendKey(b, "full_picture"), sandbox.PictureURL(c.r, "facebook", p.id)), ',')
	},
	"created_time": postTime("created_time"),
	"updated_time": postTime("updated_time"),
	"is_published": func(b []byte, _ *call, _ *post, _ *reading) []byte { return append(b, `"is_published":true,`...) },
	"is_hidden": func(b []byte, c *call, p *post, _ *reading) []byte {
		return append(strconv.AppendBool(append(b, `"is_hidden":`...), c.faults.hidden[p.key()]), ',')
	},
	"is_expired": func(b []byte, c *call, p *post, _ *reading) []byte {
		return append(strconv.AppendBool(append(b, `"is_expired":`...), c.faults.expired[p.key()]), ',')
	},
	"from": func(b []byte, _ *call, p *post, _ *reading) []byte {
		b = sandbox.AppendString(append(b, `"from":{"name":`...), p.page.Name)
		return append(sandbox.AppendString(append(b, `,"id":`...), p.page.PlatformID), "},"...)
	},
	// A number that is zero is left out.
	"shares": func(b []byte, _ *call, _ *post, r *reading) []byte {
		if r.shares == 0 {
			return b
		}
		return append(sandbox.AppendInt(append(b, `"shares":{"count":`...), r.shares), "},"...)
	},
}

func postText(name string, value func(*post) string) postField {
	return func(b []byte, _ *call, p *post, _ *reading) []byte {
		v := value(p)
		if v == "" {
			return b
		}
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), v), ',')
	}
}

func postTime(name string) postField {
	return func(b []byte, _ *call, p *post, _ *reading) []byte {
		return append(graph.AppendTime(sandbox.AppendKey(b, name), p.published), ',')
	}
}

// postWriter returns what writes the fields asked for, in their order, and the
// id. An unknown field fails the whole call.
func (c *call) postWriter(fields string) (func(b []byte, p *post) []byte, error) {
	if fields == "" {
		fields = "created_time,message,story,id"
	}
	asked, err := graph.ParseFields(fields)
	if err != nil {
		return nil, err
	}
	writers := make([]postField, 0, len(asked)+1)
	done := make(map[string]bool, len(asked))
	for _, f := range asked {
		as, aliased := f.Arg("as")
		if !aliased {
			as = f.Name
		}
		if done[as] {
			continue
		}
		done[as] = true
		write, err := c.postField(f, as)
		if err != nil {
			return nil, err
		}
		writers = append(writers, write)
	}
	if !done["id"] {
		writers = append(writers, postFields["id"])
	}
	return func(b []byte, p *post) []byte {
		r := p.at(c.at)
		b = append(b, '{')
		for _, write := range writers {
			b = write(b, c, p, &r)
		}
		return sandbox.CloseList(b, '}')
	}, nil
}

// postField returns what writes a field, under the name as.
func (c *call) postField(f graph.Field, as string) (postField, error) {
	switch f.Name {
	case "reactions", "comments":
		if c.faults.noSummaries == refusedSummaries {
			return nil, missingPermission("pages_read_user_content")
		}
		return counter(f, as)
	case "attachments":
		names := make([]string, 0, len(f.Fields))
		for _, sub := range f.Fields {
			if !slices.Contains(attachmentFields, sub.Name) {
				return nil, graph.NoField(sub.Name, "StoryAttachment")
			}
			names = append(names, sub.Name)
		}
		if len(names) == 0 {
			names = []string{"media_type", "target", "title", "type", "url"}
		}
		return func(b []byte, _ *call, p *post, _ *reading) []byte { return p.appendAttachments(b, as, names) }, nil
	}
	write := postFields[f.Name]
	switch {
	case write == nil:
		return nil, graph.NoField(f.Name, "Post")
	case f.Braces && f.Name != "from" && f.Name != "shares":
		return nil, graph.Invalid("Subfields are not supported by " + f.Name)
	case as != f.Name:
		return nil, graph.Invalid("The field " + f.Name + " takes no other name")
	}
	return write, nil
}

// counter returns what writes an edge that is asked for its number:
//
//	reactions.type(LOVE).limit(0).summary(total_count).as(name)
//	comments.limit(0).filter(stream).summary(true)
//
// Of reactions themselves the sandbox has none: data is empty whatever the
// limit. Of comments it has a few of those that are counted; the number is that
// of all, so the filter does not matter to it.
func counter(f graph.Field, as string) (postField, error) {
	value := func(r *reading) int64 { return r.comments }
	whole := `"order":"ranked","total_count":`
	rest := `,"can_comment":false`
	if f.Name == "reactions" {
		value, whole, rest = func(r *reading) int64 { return r.total }, `"total_count":`, `,"viewer_reaction":"NONE"`
	}
	for _, a := range f.Args {
		switch {
		case a.Name == "as", a.Name == "summary":
		case a.Name == "limit":
			if _, err := graph.Limit(a.Value, defaultLimit, maxLimit); err != nil {
				return nil, err
			}
		case a.Name == "filter" && f.Name == "comments" && a.Value == "stream":
			whole = `"order":"chronological","total_count":`
		case a.Name == "filter" && f.Name == "comments" && a.Value == "toplevel":
		case a.Name == "order" && f.Name == "comments" && (a.Value == "chronological" || a.Value == "reverse_chronological"):
			whole = `"order":` + strconv.Quote(a.Value) + `,"total_count":`
		case a.Name == "type" && f.Name == "reactions":
			one := -1
			for i, k := range reactionKinds {
				if k.kind == a.Value {
					one = i
				}
			}
			if one < 0 {
				return nil, graph.Invalid("Param type must be one of {NONE, LIKE, LOVE, WOW, HAHA, SAD, ANGRY, CARE}")
			}
			value = func(r *reading) int64 { return r.reactions[one] }
		default:
			return nil, graph.Invalid("Unknown modifier " + a.Name + "(" + a.Value + ") of " + f.Name)
		}
	}
	var comments func([]byte, []comment) []byte
	if f.Name == "comments" {
		var err error
		if comments, err = commentsWriter(f); err != nil {
			return nil, err
		}
	}
	summary, ok := f.Arg("summary")
	if summary == "total_count" {
		whole, rest = `"total_count":`, ""
	} else if summary != "true" && summary != "1" {
		ok = false
	}
	return func(b []byte, c *call, p *post, r *reading) []byte {
		b = append(sandbox.AppendKey(b, as), `{"data":[`...)
		if comments != nil && c.faults.noSummaries == nothingWithheld {
			b = comments(b, p.comments(c.at))
		}
		b = sandbox.CloseList(b, ']')
		if ok && c.faults.noSummaries == nothingWithheld {
			b = append(sandbox.AppendInt(append(append(b, `,"summary":{`...), whole...), value(r)), rest...)
			b = append(b, '}')
		}
		return append(b, "},"...)
	}, nil
}

// attachmentFields are the fields of what hangs on a post.
var attachmentFields = []string{"media_type", "type", "title", "url", "target", "subattachments"}

// appendAttachmentField appends a field of what hangs on the post, with a comma
// behind it; nothing where the platform would leave it out. n is the picture of
// an album, 0 the whole.
func (p *post) appendAttachmentField(b []byte, name string, n int) []byte {
	text := func(v string) []byte {
		if v == "" {
			return b
		}
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), v), ',')
	}
	k := kinds[p.kind]
	if n > 0 {
		k = kinds[photo]
	}
	switch name {
	case "media_type":
		return text(k.mediaType)
	case "type":
		return text(k.attached)
	case "title":
		switch {
		case n == 0 && p.kind == link:
			return text("example.org. " + generatedNote)
		case n == 0 && p.kind == album:
			return text("Photos from " + p.page.Name + "'s post")
		}
		return b
	case "url":
		return text(p.attachmentURL(n))
	case "target":
		b = append(b, `"target":{`...)
		if p.kind != link {
			b = append(sandbox.AppendString(append(b, `"id":`...), p.attachmentID(n)), ',')
		}
		return append(sandbox.AppendString(append(b, `"url":`...), p.attachmentURL(n)), "},"...)
	case "subattachments":
		if p.kind != album || n > 0 {
			return b
		}
		b = append(b, `"subattachments":{"data":[`...)
		for i := range p.pictures {
			b = append(p.appendAttachment(b, i+1, []string{"media_type", "target", "type", "url"}), ',')
		}
		return append(sandbox.CloseList(b, ']'), "},"...)
	}
	return b
}

func (p *post) attachmentID(n int) string {
	if p.film() {
		return p.video
	}
	return p.hash.Digits(uint64(2000+n), "8", 15)
}

// attachmentURL returns an address of the platform's own. Links lead through a
// page that counts them.
func (p *post) attachmentURL(n int) string {
	switch {
	case p.kind == link:
		return "https://l.facebook.com/l.php?u=" + url.QueryEscape(p.link) + "&h=AT0" + p.hash.Digits(3000, "", 12) + "&s=1"
	case p.film():
		return "https://www.facebook.com/" + p.page.other + "/videos/" + p.video + "/"
	}
	return "https://www.facebook.com/" + p.page.other + "/photos/" + p.attachmentID(n) + "/"
}

func (p *post) appendAttachments(b []byte, as string, names []string) []byte {
	if kinds[p.kind].mediaType == "" {
		return b
	}
	b = append(sandbox.AppendKey(b, as), `{"data":[`...)
	return append(p.appendAttachment(b, 0, names), "]},"...)
}

func (p *post) appendAttachment(b []byte, n int, names []string) []byte {
	b = append(b, '{')
	for _, name := range names {
		b = p.appendAttachmentField(b, name, n)
	}
	return sandbox.CloseList(b, '}')
}
