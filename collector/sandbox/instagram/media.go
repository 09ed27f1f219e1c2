package instagram

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// mediaView is a media as one call sees it.
type mediaView struct {
	mediaRef
	reading reading
	at      int64
	faults  *faultState
	r       *http.Request // that asked
}

// A mediaField is one field of a media. write appends its value and a comma
// after its name; it appends nothing where the platform would leave the field
// out.
type mediaField struct {
	name   string
	public bool // business discovery gives it
	child  bool // the pictures of an album have it
	nested bool // it takes fields in braces
	write  func(b []byte, m *mediaView) []byte
}

// mediaFields are the fields of a media that the sandbox knows. Asking for any
// other is error 100.
var mediaFields = []mediaField{
	text("id", func(m *mediaView) string { return m.id() }).onAll(),
	text("caption", func(m *mediaView) string { return m.post.caption }).onPublic(),
	text("media_type", (*mediaView).mediaType).onAll(),
	text("media_product_type", func(m *mediaView) string { return m.post.productType() }).onPublic(),
	text("permalink", func(m *mediaView) string { return m.post.permalink() }).onAll(),
	text("shortcode", func(m *mediaView) string { return m.post.code }).onChild(),
	{name: "timestamp", public: true, child: true, write: writeTimestamp},
	text("username", (*mediaView).author).onAll(),
	count("like_count", func(r *reading) int64 { return r.likes }).onPublic(),
	count("comments_count", func(r *reading) int64 { return r.comments }).onPublic(),
	count("view_count", nil).onPublic(),
	count("reposts_count", func(r *reading) int64 { return r.reposts }),
	count("saved_count", func(r *reading) int64 { return r.saved }),
	count("shares_count", func(r *reading) int64 { return r.shares }),
	count("total_like_count", func(r *reading) int64 { return ifModelled(r, r.likes) }),
	count("total_comments_count", func(r *reading) int64 { return ifModelled(r, r.comments) }),
	count("total_views_count", func(r *reading) int64 { return r.views }),
	text("media_url", (*mediaView).mediaURL).onAll(),
	text("thumbnail_url", (*mediaView).thumbnailURL).onAll(),
	text("ig_id", func(m *mediaView) string { return igID(m.post.code) }),
	{name: "owner", nested: true, public: true, write: writeOwner},
	{name: "is_comment_enabled", write: absent},
	{name: "is_shared_to_feed", write: absent},
	text("alt_text", (*mediaView).altText),
	{name: "is_ai_generated", write: absent},
	{name: "children", nested: true, public: true},
	{name: "comments", nested: true},
}

func text(name string, value func(*mediaView) string) mediaField {
	key := strconv.Quote(name) + ":"
	return mediaField{name: name, write: func(b []byte, m *mediaView) []byte {
		v := value(m)
		if v == "" {
			return b
		}
		return append(sandbox.AppendString(append(b, key...), v), ',')
	}}
}

// count is a counter; nil is view_count, which depends on how it is read.
func count(name string, value func(*reading) int64) mediaField {
	if value == nil {
		return mediaField{name: name, write: absent}
	}
	key := strconv.Quote(name) + ":"
	return mediaField{name: name, write: func(b []byte, m *mediaView) []byte {
		v := value(&m.reading)
		if v == sandbox.Unknown {
			return b
		}
		return append(sandbox.AppendInt(append(b, key...), v), ',')
	}}
}

func (f mediaField) onPublic() mediaField { f.public = true; return f }
func (f mediaField) onChild() mediaField  { f.child = true; return f }
func (f mediaField) onAll() mediaField    { return f.onPublic().onChild() }

// absent writes nothing: the data do not say.
func absent(b []byte, _ *mediaView) []byte { return b }

// ifModelled leaves a number out of a world without a model: with ads, which
// the data do not count, it might be another.
func ifModelled(r *reading, n int64) int64 {
	if r.views == sandbox.Unknown {
		return sandbox.Unknown
	}
	return n
}

func writeTimestamp(b []byte, m *mediaView) []byte {
	return append(graph.AppendTime(append(b, `"timestamp":`...), m.post.published), ',')
}

func writeOwner(b []byte, m *mediaView) []byte {
	return append(sandbox.AppendString(append(b, `"owner":{"id":`...), m.post.account.PlatformID), "},"...)
}

// writePublicViews is view_count: business discovery tells it, and of reels only.
func writePublicViews(b []byte, m *mediaView) []byte {
	if !m.post.reel() || m.reading.views == sandbox.Unknown {
		return b
	}
	return append(sandbox.AppendInt(append(b, `"view_count":`...), m.reading.views), ',')
}

func (m *mediaView) mediaType() string {
	if m.child > 0 {
		return "IMAGE"
	}
	return m.post.mediaType()
}

// mediaURL returns an address that is another each day: the platform's expire
// too. That of a film leads nowhere.
func (m *mediaView) mediaURL() string {
	if m.post.mediaType() == "" {
		return ""
	}
	if m.mediaType() == "VIDEO" {
		return "https://scontent.sandbox.invalid/v/" + m.id() + ".mp4" + m.expiry()
	}
	return sandbox.PictureURL(m.r, "instagram", m.id()) + m.expiry()
}

func (m *mediaView) expiry() string {
	return "?oe=" + strconv.FormatInt((m.at/sandbox.DaySeconds+4)*sandbox.DaySeconds, 16)
}

func (m *mediaView) thumbnailURL() string {
	if m.mediaType() != "VIDEO" {
		return ""
	}
	return sandbox.PictureURL(m.r, "instagram", m.id(), "film") + m.expiry()
}

// author returns the user name of who published the media.
func (m *mediaView) author() string {
	if name := m.faults.authors[m.post.code]; name != "" {
		return name
	}
	return m.post.account.Handle
}

// altText is modelled: three pictures in five have one.
func (m *mediaView) altText() string {
	h := sandbox.HashOf(0, "alt text", m.post.code)
	if m.mediaType() != "IMAGE" || m.post.final.views == sandbox.Unknown || h.Unit(0) > 0.6 {
		return ""
	}
	return "Picture no. " + strconv.Itoa(int(h.Draw(1)%1000)) + " of the sandbox"
}

// codeAlphabet are the digits of short codes.
const codeAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// igID returns the platform's older number of a media, which its short code
// spells in base 64; "" for a code of a private account, which is longer.
func igID(code string) string {
	if len(code) > 11 {
		return ""
	}
	var n uint64
	for i := range len(code) {
		digit := strings.IndexByte(codeAlphabet, code[i])
		if digit < 0 {
			return ""
		}
		n = n<<6 | uint64(digit)
	}
	return strconv.FormatUint(n, 10)
}

// door is the way a media is read; it decides which fields there are.
type door int

const (
	ownerDoor door = iota
	publicDoor
	childDoor
)

// mediaWriter returns what writes the fields asked for, in their order, with
// id added where it was not asked for. An unknown field fails the whole call.
func mediaWriter(fields []graph.Field, d door) ([]mediaField, error) {
	out := make([]mediaField, 0, len(fields)+1)
	has := func(name string) bool {
		return slices.ContainsFunc(out, func(f mediaField) bool { return f.name == name })
	}
	for _, asked := range fields {
		i := slices.IndexFunc(mediaFields, func(f mediaField) bool { return f.name == asked.Name })
		if i < 0 || d == publicDoor && !mediaFields[i].public {
			return nil, graph.NoField(asked.Name, "ShadowIGMedia")
		}
		f := mediaFields[i]
		if asked.Braces && !f.nested {
			return nil, graph.Invalid("Subfields are not supported by " + asked.Name)
		}
		if has(f.name) {
			continue
		}
		switch {
		case f.name == "children":
			pictures, err := mediaWriter(asked.Fields, childDoor)
			if err != nil {
				return nil, err
			}
			f.write = childrenWriter(pictures)
		case f.name == "comments":
			write, err := commentsWriter(asked)
			if err != nil {
				return nil, err
			}
			f.write = write
		case f.name == "view_count" && d == publicDoor:
			f.write = writePublicViews
		}
		if d == childDoor && !f.child {
			f.write = absent // such as the counters, which albums have as a whole
		}
		out = append(out, f)
	}
	if !has("id") {
		out = append(out, mediaFields[0])
	}
	return out, nil
}

// childrenWriter writes the pictures of an album; nothing for other media.
func childrenWriter(fields []mediaField) func(b []byte, m *mediaView) []byte {
	return func(b []byte, m *mediaView) []byte {
		if m.child > 0 || m.post.final.children == 0 {
			return b
		}
		return append(appendChildren(append(b, `"children":`...), m, fields), ',')
	}
}

func appendChildren(b []byte, m *mediaView, fields []mediaField) []byte {
	b = append(b, `{"data":[`...)
	for n := range m.post.final.children {
		b = appendMedia(b, &mediaView{mediaRef: mediaRef{m.post, n + 1}, at: m.at, faults: m.faults, r: m.r}, fields)
		b = append(b, ',')
	}
	return append(sandbox.CloseList(b, ']'), '}')
}

func appendMedia(b []byte, m *mediaView, fields []mediaField) []byte {
	b = append(b, '{')
	for _, f := range fields {
		b = f.write(b, m)
	}
	return sandbox.CloseList(b, '}')
}

// mediaAnswer answers what begins with a media id.
func (c *call) mediaAnswer(m mediaRef, edge string) ([]byte, error) {
	if err := c.chargeAccount(m.post.account.PlatformID); err != nil {
		return nil, err
	}
	if err := c.roleIn(m.post.account); err != nil {
		return nil, err
	}
	switch edge {
	case "insights":
		return c.mediaInsights(m)
	case "comments":
		return c.commentsAnswer(m)
	case "", "children":
	default:
		return nil, graph.UnknownPath("/" + edge)
	}
	asked, err := graph.ParseFields(c.r.URL.Query().Get("fields"))
	if err != nil {
		return nil, err
	}
	d := ownerDoor
	if m.child > 0 || edge == "children" {
		d = childDoor
	}
	fields, err := mediaWriter(asked, d)
	if err != nil {
		return nil, err
	}
	view := c.view(m)
	if edge == "children" {
		if m.child > 0 {
			return []byte(`{"data":[]}`), nil
		}
		return appendChildren(nil, view, fields), nil
	}
	return appendMedia(nil, view, fields), nil
}
