package youtube

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// channelParts are the parts of a channel. Those that the sandbox has nothing
// for are left out of the answer.
var channelParts = []string{"auditDetails", "brandingSettings", "contentDetails", "contentOwnerDetails", "id", "localizations", "snippet", "statistics", "status", "topicDetails"}

// channels answers channels.list.
func (c *call) channels() ([]byte, error) {
	parts, err := c.parts(channelParts)
	if err != nil {
		return nil, err
	}
	found, err := c.findChannels()
	if err != nil {
		return nil, err
	}
	p, err := c.page(len(found))
	if err != nil {
		return nil, err
	}
	l := listing{kind: "channelListResponse", total: len(found), size: p.size, next: p.next, prev: p.prev, mayLack: true}
	for _, ch := range found[p.from:p.to] {
		l.add("channel", ch.PlatformID, func(b []byte) []byte { return c.appendChannel(b, ch, parts) })
	}
	return l.body(), nil
}

// findChannels returns the channels that the one filter chooses. Those that
// are not there are left out without a word.
func (c *call) findChannels() ([]*channel, error) {
	mine := c.query.Get("mine") == "true"
	var filters []string
	for _, name := range []string{"id", "forHandle", "forUsername", "mine"} {
		if name == "mine" && mine || name != "mine" && c.query.Get(name) != "" {
			filters = append(filters, name)
		}
	}
	switch {
	case len(filters) == 0:
		return nil, noFilter("id, mine, forHandle, managedByMe, forUsername, categoryId")
	case len(filters) > 1:
		return nil, &APIError{Status: http.StatusBadRequest, Domain: "youtube.parameter", Reason: "incompatibleParameters",
			Message: "Incompatible parameters specified in the request: " + strings.Join(filters, ", "), Location: filters[0]}
	case mine && c.owner == nil:
		return nil, &APIError{Status: http.StatusUnauthorized, Domain: "youtube.parameter", Reason: "authorizationRequired",
			Message: "The request uses the <code>mine</code> parameter but is not properly authorized.", Location: "mine"}
	}
	ids, err := c.ids()
	if err != nil {
		return nil, err
	}
	var all []*channel
	for _, id := range ids {
		all = append(all, c.world.byID[id])
	}
	for _, ch := range c.world.channels {
		handle := strings.TrimPrefix(c.query.Get("forHandle"), "@")
		user := c.query.Get("forUsername")
		if strings.EqualFold(handle, ch.Handle) || user != "" && strings.EqualFold(user, ch.plan.user) || mine && c.owns(ch) {
			all = append(all, ch)
		}
	}
	var out []*channel
	for _, ch := range all {
		if ch != nil && !c.faults.terminated[ch.Handle] {
			out = append(out, ch)
		}
	}
	return out, nil
}

func (c *call) appendChannel(b []byte, ch *channel, parts []string) []byte {
	for _, part := range parts {
		switch part {
		case "snippet":
			b = open(b, part)
			b = appendText(b, "title", ch.Name)
			b = appendText(b, "description", ch.Bio)
			b = appendText(b, "customUrl", "@"+ch.Handle)
			b = appendText(b, "publishedAt", ch.plan.founded)
			b = appendThumbnails(b, "https://i.sandbox.invalid/channels/"+ch.PlatformID+".jpg", [3][2]int64{{88, 88}, {240, 240}, {800, 800}})
			b = open(b, "localized")
			b = appendText(b, "title", ch.Name)
			b = end(appendText(b, "description", ch.Bio))
			b = end(appendText(b, "country", "BR"))
		case "contentDetails":
			likes := ""
			if c.owns(ch) {
				likes = "LL"
			}
			b = open(open(b, part), "relatedPlaylists")
			b = appendText(b, "likes", likes)
			b = end(end(appendText(b, "uploads", ch.listID())))
		case "statistics":
			b = c.appendChannelStatistics(b, ch)
		case "status":
			b = open(b, part)
			b = appendText(b, "privacyStatus", "public")
			b = appendBool(b, "isLinked", true)
			b = appendText(b, "longUploadsStatus", "longUploadsUnspecified")
			b = end(appendBool(b, "madeForKids", false))
		case "brandingSettings":
			b = open(open(b, part), "channel")
			b = appendText(b, "title", ch.Name)
			b = appendText(b, "description", ch.Bio)
			b = end(end(appendText(b, "country", "BR")))
		}
	}
	return b
}

// appendChannelStatistics appends a channel's numbers: subscribers are left
// out where they are hidden, or 0 where a fault hides them.
func (c *call) appendChannelStatistics(b []byte, ch *channel) []byte {
	subscribers := ch.subscribers(c.at)
	hidden := subscribers == sandbox.Unknown
	if c.faults.subscribers[ch.Handle] {
		subscribers, hidden = 0, true
	}
	videos := int64(0)
	for _, v := range ch.videos[:ch.publishedBy(c.at)] {
		if !c.faults.deleted[v.id] && !c.faults.private[v.id] {
			videos++
		}
	}
	b = open(b, "statistics")
	b = appendCount(b, "viewCount", ch.views(c.at))
	b = appendCount(b, "subscriberCount", subscribers)
	b = appendBool(b, "hiddenSubscriberCount", hidden)
	return end(appendText(b, "videoCount", strconv.FormatInt(videos, 10)))
}
