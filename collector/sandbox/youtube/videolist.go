package youtube

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// videoParts are the parts of a video. Those that the sandbox has nothing for
// are left out of the answer.
var videoParts = []string{"contentDetails", "fileDetails", "id", "liveStreamingDetails", "localizations", "paidProductPlacementDetails", "player", "processingDetails", "recordingDetails", "snippet", "statistics", "status", "suggestions", "topicDetails"}

// ownerParts are those that only the owner is told.
var ownerParts = []string{"fileDetails", "processingDetails", "suggestions"}

// videos answers videos.list, in the order of the ids.
func (c *call) videos() ([]byte, error) {
	parts, err := c.parts(videoParts)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if c.faults.withdrawn[p] {
			return nil, unknownPart(p)
		}
	}
	found, err := c.findVideos("myRating, chart, id")
	if err != nil {
		return nil, err
	}
	l := listing{kind: "videoListResponse", total: len(found), size: len(found)}
	for _, v := range found {
		if i := slices.IndexFunc(parts, func(p string) bool { return slices.Contains(ownerParts, p) }); i >= 0 && !c.owns(v.channel) {
			return nil, &APIError{Status: http.StatusForbidden, Domain: "youtube.video", Reason: "forbidden",
				Message: "The request cannot access the part " + parts[i] + " of the video.", Location: "part"}
		}
		l.add("video", v.id, func(b []byte) []byte { return c.appendVideo(b, v, parts) })
	}
	return l.body(), nil
}

// findVideos returns the videos that the caller may see of the ids asked for.
// The others are left out without a word.
func (c *call) findVideos(filters string) ([]*video, error) {
	ids, err := c.ids()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, noFilter(filters)
	}
	var out []*video
	for _, id := range ids {
		v := c.world.byVideo[id]
		if v == nil || v.added > c.at || c.faults.unreadable[id] || c.faults.terminated[v.channel.Handle] {
			continue
		}
		if look := c.look(v); look == lookPublic || look == lookPrivate {
			out = append(out, v)
		}
	}
	return out, nil
}

func (c *call) appendVideo(b []byte, v *video, parts []string) []byte {
	for _, part := range parts {
		switch part {
		case "snippet":
			b = c.appendVideoSnippet(b, v)
		case "contentDetails":
			b = appendText(open(b, part), "duration", v.duration(c.at))
			b = appendText(b, "dimension", "2d")
			b = appendText(b, "definition", "hd")
			b = appendText(b, "caption", strconv.FormatBool(v.captions))
			b = appendBool(b, "licensedContent", false)
			b = end(open(b, "contentRating"))
			b = end(appendText(b, "projection", "rectangular"))
		case "status":
			b = c.appendVideoStatus(b, v)
		case "statistics":
			b = c.appendVideoStatistics(b, v)
		case "paidProductPlacementDetails":
			b = end(appendBool(open(b, part), "hasPaidProductPlacement", v.placement))
		case "liveStreamingDetails":
			b = c.appendStreaming(b, v)
		}
	}
	return b
}

func (c *call) appendVideoSnippet(b []byte, v *video) []byte {
	b = open(b, "snippet")
	b = appendTime(b, "publishedAt", v.shownAs(c.at))
	b = appendText(b, "channelId", v.channel.PlatformID)
	b = appendText(b, "title", v.title)
	b = appendText(b, "description", v.description)
	b = c.appendVideoThumbnails(b, v.id)
	b = appendText(b, "channelTitle", v.channel.Name)
	b = append(sandbox.AppendKey(b, "tags"), '[')
	for _, tag := range v.tags {
		b = append(sandbox.AppendString(b, tag), ',')
	}
	b = append(sandbox.CloseList(b, ']'), ',')
	b = appendText(b, "categoryId", v.category)
	live := "none"
	switch {
	case v.upcoming(c.at):
		live = "upcoming"
	case v.live(c.at):
		live = "live"
	}
	b = appendText(b, "liveBroadcastContent", live)
	b = appendText(b, "defaultLanguage", v.language)
	b = appendText(open(b, "localized"), "title", v.title)
	return end(end(appendText(b, "description", v.description)))
}

// appendVideoStatus appends what became of the upload. When a private video is
// to come out is told to its owner only, who alone sees it.
func (c *call) appendVideoStatus(b []byte, v *video) []byte {
	upload, privacy := "processed", "public"
	if v.upcoming(c.at) || v.live(c.at) {
		upload = "uploaded"
	}
	if c.look(v) == lookPrivate {
		privacy = "private"
	}
	b = appendText(open(b, "status"), "uploadStatus", upload)
	b = appendText(b, "privacyStatus", privacy)
	if v.fate == comesOut && !v.stream() && !v.out(c.at) {
		b = appendTime(b, "publishAt", v.published)
	}
	b = appendText(b, "license", "youtube")
	b = appendBool(b, "embeddable", true)
	b = appendBool(b, "publicStatsViewable", !v.hides.views)
	return end(appendBool(b, "madeForKids", false))
}

// shown returns the counters of the video that its owner does not hide; the
// rest are unknown.
func (c *call) shown(v *video) reading {
	r := v.at(c.at)
	if v.hides.views {
		r.views = sandbox.Unknown
	}
	if v.hides.likes || c.faults.likes[v.id] {
		r.likes = sandbox.Unknown
	}
	if v.hides.comments || c.faults.comments[v.id] {
		r.comments = sandbox.Unknown
	}
	if !c.owns(v.channel) {
		r.dislikes = sandbox.Unknown // told to owners only, since 2021
	}
	return r
}

func (c *call) appendVideoStatistics(b []byte, v *video) []byte {
	r := c.shown(v)
	b = open(b, "statistics")
	b = appendCount(b, "viewCount", r.views)
	b = appendCount(b, "likeCount", r.likes)
	b = appendCount(b, "dislikeCount", r.dislikes)
	b = appendCount(b, "favoriteCount", 0)
	return end(appendCount(b, "commentCount", r.comments))
}

// appendStreaming appends what only streams have: their times, and how many
// look on while they go on.
func (c *call) appendStreaming(b []byte, v *video) []byte {
	if !v.stream() {
		return b
	}
	b = open(b, "liveStreamingDetails")
	if !v.upcoming(c.at) {
		b = appendTime(b, "actualStartTime", v.published)
	}
	if !v.upcoming(c.at) && !v.live(c.at) {
		b = appendTime(b, "actualEndTime", v.published+v.seconds)
	}
	b = appendTime(b, "scheduledStartTime", v.due)
	return end(appendCount(b, "concurrentViewers", v.at(c.at).viewers))
}

// duration returns the video's length as ISO 8601 has it. A stream has none
// before its end.
func (v *video) duration(at int64) string {
	if v.upcoming(at) || v.live(at) {
		return "P0D"
	}
	b := []byte("PT")
	for _, u := range []struct {
		n    int64
		unit byte
	}{{v.seconds / 3600, 'H'}, {v.seconds / 60 % 60, 'M'}, {v.seconds % 60, 'S'}} {
		if u.n > 0 {
			b = append(strconv.AppendInt(b, u.n, 10), u.unit)
		}
	}
	return string(b)
}
