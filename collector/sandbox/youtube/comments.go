package youtube

import (
	"html"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A comment is a comment under a video, or an answer to one.
type comment struct {
	video     *video
	id        string
	author    string // id of a channel
	text      string
	published int64
	likes     int64
	answers   []*comment // of a comment that is none itself
}

// The draws of a comment's hash.
const (
	drawAuthor = iota + 40 // the first are those of the id
	drawRemark
	drawLiked
	drawOfficial
	drawCitizen
	drawWait
)

// remarks are what is said under videos, in the order of tongues: by citizens,
// and by the channel in answer.
var remarks = [3]struct{ said, answered []string }{
	{[]string{"Muito bom!", "Quando chega no meu bairro?", "E a estrada do interior?", "Parabéns & obrigado", "Não consegui me inscrever <3"},
		[]string{"Obrigado pela mensagem. Veja o endereço na descrição.", "As inscrições abrem na segunda-feira."}},
	{[]string{"Well done!", "When does it come to our district?", "What about the road?", "Thanks & keep going", "I could not enrol <3"},
		[]string{"Thank you. The address is in the description.", "Enrolment opens on Monday."}},
	{[]string{"بہت خوب!", "ہمارے علاقے میں کب؟", "سڑک کا کیا بنے گا؟", "شکریہ", "میں اندراج نہیں کر سکا"},
		[]string{"شکریہ۔ پتہ تفصیل میں درج ہے۔", "اندراج پیر کو شروع ہو گا۔"}},
}

// comment writes what is said under a video: a few of the comments that its
// counter tells of, each once the counter has come that far.
func (v *video) comment() {
	n := min(5, v.final.comments/3)
	if v.fate != comesOut || n <= 0 {
		return
	}
	words := &remarks[max(0, slices.IndexFunc(tongues, func(t tongue) bool { return t.code == v.language }))]
	for i := range n {
		h := sandbox.HashOf(uint64(v.hash), "comment", strconv.FormatInt(i, 10))
		share := (float64(i) + 0.5) / float64(n)
		top := v.remark(h, newID(h, "Ugx", 23), newID(sandbox.Hash(h.Draw(drawAuthor)), "UC", 22), words.said)
		top.published = v.published + v.age(share)
		v.comments = append(v.comments, top)
		if h.Unit(drawOfficial) < 0.4 {
			answer := v.remark(h, top.id+"."+newID(sandbox.Hash(h.Draw(drawOfficial)), "", 22), v.channel.PlatformID, words.answered)
			answer.published = top.published + int64(h.Between(drawWait, 3600, 2*sandbox.DaySeconds))
			top.answers = append(top.answers, answer)
		}
		if h.Unit(drawCitizen) < 0.2 {
			answer := v.remark(h, top.id+"."+newID(sandbox.Hash(h.Draw(drawCitizen)), "", 22), newID(sandbox.Hash(h.Draw(drawWait)), "UC", 22), words.said)
			answer.published = top.published + int64(h.Between(drawCitizen, 600, sandbox.DaySeconds))
			top.answers = append(top.answers, answer)
		}
	}
}

func (v *video) remark(h sandbox.Hash, id, author string, words []string) *comment {
	return &comment{
		video: v, id: id, author: author,
		text:  words[h.Draw(drawRemark)%uint64(len(words))] + sandboxMark,
		likes: int64(h.Draw(drawLiked) % 9),
	}
}

// age returns how old the video is, in seconds, when that part of its counts
// has come.
func (v *video) age(share float64) int64 {
	hours := v.final.hours
	part := share * sandbox.Path(settled, hours)
	return int64(3600 * hours * math.Pow(-math.Log(1-part), 1/0.6))
}

// Comments returns what was said under a video until the moment: see
// sandbox.Commented. Anyone may read it.
func (w *World) Comments(a sandbox.Account, id string, at time.Time) []sandbox.Comment {
	v := w.byVideo[id]
	if v == nil || v.channel.Handle != a.Handle || !v.out(at.Unix()) {
		return nil
	}
	var out []sandbox.Comment
	add := func(c *comment, parent string) {
		if c.published <= at.Unix() {
			out = append(out, sandbox.Comment{
				CommentID: c.id, ParentID: parent, Text: c.text, Official: c.author == v.channel.PlatformID,
				PublishedAt: time.Unix(c.published, 0).UTC(),
			})
		}
	}
	for _, c := range v.comments {
		add(c, "")
		for _, answer := range c.answers {
			add(answer, c.id)
		}
	}
	return out
}

// threadParts are the parts of a thread of comments.
var threadParts = []string{"id", "replies", "snippet"}

const (
	defaultThreads = 20
	maxThreads     = 100
)

// commentThreads answers commentThreads.list for a channel with all its videos,
// or for one video: the newest comment first, each with its answers.
func (c *call) commentThreads() ([]byte, error) {
	parts, err := c.parts(threadParts)
	if err != nil {
		return nil, err
	}
	var videos []*video
	channel, only := c.query.Get("allThreadsRelatedToChannelId"), c.query.Get("videoId")
	ch := c.world.byID[channel]
	switch {
	case channel == "" && only == "":
		return nil, noFilter("id, videoId, channelId, allThreadsRelatedToChannelId")
	case channel != "" && (ch == nil || c.faults.terminated[ch.Handle]):
		return nil, notFound("channel", "channelId")
	case channel != "":
		videos = ch.videos
	default:
		v := c.world.byVideo[only]
		if v == nil || c.look(v) != lookPublic || !v.out(c.at) {
			return nil, notFound("video", "videoId")
		}
		ch, videos = v.channel, []*video{v}
	}
	if c.faults.silenced[ch.Handle] || only != "" && (videos[0].hides.comments || c.faults.comments[only]) {
		return nil, commentsDisabled()
	}
	var found []*comment
	for _, v := range videos {
		if !v.out(c.at) || c.look(v) != lookPublic || c.faults.comments[v.id] {
			continue
		}
		for _, t := range v.comments {
			if t.published <= c.at {
				found = append(found, t)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *comment) int { return int(b.published - a.published) })
	p, err := c.pageWithin(len(found), limit{1, maxThreads, defaultThreads})
	if err != nil {
		return nil, err
	}
	l := listing{kind: "commentThreadListResponse", total: p.to - p.from, size: p.size, next: p.next, prev: p.prev}
	for _, t := range found[p.from:p.to] {
		l.add("commentThread", t.id, func(b []byte) []byte { return c.appendThread(b, t, parts) })
	}
	return l.body(), nil
}

func (c *call) appendThread(b []byte, t *comment, parts []string) []byte {
	var answers []*comment
	for _, a := range t.answers {
		if a.published <= c.at {
			answers = append(answers, a)
		}
	}
	for _, part := range parts {
		switch {
		case part == "snippet":
			b = open(b, part)
			b = appendText(b, "channelId", t.video.channel.PlatformID)
			b = appendText(b, "videoId", t.video.id)
			b = append(c.appendComment(sandbox.AppendKey(b, "topLevelComment"), t, ""), ',')
			b = appendBool(b, "canReply", false)
			b = append(sandbox.AppendInt(sandbox.AppendKey(b, "totalReplyCount"), int64(len(answers))), ',')
			b = end(appendBool(b, "isPublic", true))
		case part == "replies" && len(answers) > 0:
			b = append(sandbox.AppendKey(open(b, part), "comments"), '[')
			for _, a := range answers {
				b = append(c.appendComment(b, a, t.id), ',')
			}
			b = end(append(sandbox.CloseList(b, ']'), ','))
		}
	}
	return b
}

// appendComment appends a comment; parent is the one that it answers.
func (c *call) appendComment(b []byte, m *comment, parent string) []byte {
	text := m.text
	if c.query.Get("textFormat") != "plainText" {
		text = html.EscapeString(text)
	}
	from := len(b)
	b, etag := appendHead(b, "comment")
	b = open(appendText(b, "id", m.id), "snippet")
	b = appendText(b, "channelId", m.video.channel.PlatformID)
	b = appendText(b, "videoId", m.video.id)
	b = appendText(b, "textDisplay", text)
	b = appendText(b, "authorDisplayName", "@nobody-"+m.author[2:8])
	b = appendText(b, "authorProfileImageUrl", "https://i.sandbox.invalid/people/"+m.author+".jpg")
	b = appendText(b, "authorChannelUrl", "http://www.youtube.com/channel/"+m.author)
	b = end(appendText(open(b, "authorChannelId"), "value", m.author))
	if parent != "" {
		b = appendText(b, "parentId", parent)
	}
	b = appendBool(b, "canRate", true)
	b = appendText(b, "viewerRating", "none")
	b = append(sandbox.AppendInt(sandbox.AppendKey(b, "likeCount"), m.likes), ',')
	b = appendTime(b, "publishedAt", m.published)
	b = end(appendTime(b, "updatedAt", m.published))
	return sealed(sandbox.CloseList(b, '}'), from, etag)
}
