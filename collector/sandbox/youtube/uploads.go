package youtube

import (
	"encoding/base64"
	"fmt"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// itemParts are the parts of an item of a list.
var itemParts = []string{"contentDetails", "id", "snippet", "status"}

// playlistItems answers playlistItems.list for a list of uploads, the one that
// was added last first. That is not the order of publication: what waited for
// its day was added before. The list of a channel without uploads does not
// exist.
func (c *call) playlistItems() ([]byte, error) {
	parts, err := c.parts(itemParts)
	if err != nil {
		return nil, err
	}
	list := c.query.Get("playlistId")
	if list == "" {
		return nil, noFilter("id, playlistId")
	}
	ch := c.world.byList[list]
	if ch == nil || c.faults.terminated[ch.Handle] || ch.addedBy(c.at) == 0 {
		return nil, noPlaylist()
	}
	items := make([]listed, ch.addedBy(c.at))
	for i := range items {
		items[i] = listed{ch.uploads[len(items)-1-i], int64(i)}
	}
	if only := c.query.Get("videoId"); only != "" {
		all := items
		items = nil
		for _, i := range all {
			if i.id == only {
				items = append(items, i)
			}
		}
	}
	p, err := c.page(len(items))
	if err != nil {
		return nil, err
	}
	l := listing{kind: "playlistItemListResponse", total: len(items), size: p.size, next: p.next, prev: p.prev}
	for _, i := range items[p.from:p.to] {
		l.add("playlistItem", i.itemID(), func(b []byte) []byte { return c.appendItem(b, i, parts) })
	}
	return l.body(), nil
}

// A listed video has its place in the list of uploads, from the top.
type listed struct {
	*video
	position int64
}

// itemID returns the id of the video's item, which is not that of the video.
func (i listed) itemID() string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s.%016X", i.channel.listID(), sandbox.HashOf(0, "item", i.id).Draw(0)))
}

// look is how a video looks to whoever asks.
type look int

const (
	lookPublic  look = iota
	lookPrivate      // to its owner
	lookHidden       // a private one, to others
	lookDeleted
)

// look returns how the video looks to the caller in the call's second.
func (c *call) look(v *video) look {
	private := v.fate == staysPrivate || !v.out(c.at) && !v.stream() || c.faults.private[v.id]
	switch {
	case v.fate == isDeleted || c.faults.deleted[v.id]:
		return lookDeleted
	case private && c.owns(v.channel):
		return lookPrivate
	case private:
		return lookHidden
	}
	return lookPublic
}

func (c *call) appendItem(b []byte, i listed, parts []string) []byte {
	look := c.look(i.video)
	title, description, privacy := i.title, i.description, "public"
	switch look {
	case lookPrivate:
		privacy = "private"
	case lookHidden:
		title, description, privacy = "Private video", "This video is private.", "private"
	case lookDeleted:
		title, description, privacy = "Deleted video", "This video is unavailable.", ""
	}
	for _, part := range parts {
		switch part {
		case "snippet":
			b = open(b, part)
			b = appendTime(b, "publishedAt", i.added)
			b = appendText(b, "channelId", i.channel.PlatformID)
			b = appendText(b, "title", title)
			b = appendText(b, "description", description)
			if look == lookPublic || look == lookPrivate {
				b = c.appendVideoThumbnails(b, i.id)
			} else {
				b = end(open(b, "thumbnails"))
			}
			b = appendText(b, "channelTitle", i.channel.Name)
			b = appendText(b, "playlistId", i.channel.listID())
			b = append(sandbox.AppendInt(sandbox.AppendKey(b, "position"), i.position), ',')
			b = appendText(open(b, "resourceId"), "kind", "youtube#video")
			b = end(appendText(b, "videoId", i.id))
			if look == lookPublic || look == lookPrivate {
				b = appendText(b, "videoOwnerChannelTitle", i.channel.Name)
				b = appendText(b, "videoOwnerChannelId", i.channel.PlatformID)
			}
			b = end(b)
		case "contentDetails":
			b = appendText(open(b, part), "videoId", i.id)
			if look == lookPublic {
				b = appendTime(b, "videoPublishedAt", i.shownAs(c.at))
			}
			b = end(b)
		case "status":
			b = open(b, part)
			if privacy != "" {
				b = appendText(b, "privacyStatus", privacy)
			}
			b = end(b)
		}
	}
	return b
}

func (c *call) appendVideoThumbnails(b []byte, id string) []byte {
	return appendThumbnails(b, sandbox.PictureURL(c.r, "youtube", id), [3][2]int64{{120, 90}, {320, 180}, {480, 360}})
}
