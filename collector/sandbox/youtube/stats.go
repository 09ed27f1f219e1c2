package youtube

import "strconv"

// statsParts are the parts of a video's figures.
var statsParts = []string{"contentDetails", "id", "snippet", "statistics"}

// stats answers videos.batchGetStats: the counters of videos, without their
// texts. No recording of it exists: what is hidden in videos.list is left out
// here too, and the length of a stream that goes on is 0.
func (c *call) stats() ([]byte, error) {
	parts, err := c.parts(statsParts)
	if err != nil {
		return nil, err
	}
	found, err := c.findVideos("id")
	if err != nil {
		return nil, err
	}
	l := listing{kind: "batchGetStatsResponse", noPageInfo: true}
	for _, v := range found {
		l.add("videoStats", v.id, func(b []byte) []byte { return c.appendStats(b, v, parts) })
	}
	return l.body(), nil
}

func (c *call) appendStats(b []byte, v *video, parts []string) []byte {
	for _, part := range parts {
		switch part {
		case "snippet":
			b = end(appendTime(open(b, part), "publishTime", v.shownAs(c.at)))
		case "contentDetails":
			seconds := v.seconds
			if v.upcoming(c.at) || v.live(c.at) {
				seconds = 0
			}
			b = end(appendText(open(b, part), "duration", strconv.FormatInt(seconds, 10)+"s"))
		case "statistics":
			r := c.shown(v)
			b = open(b, part)
			b = appendCount(b, "viewCount", r.views)
			b = appendCount(b, "likeCount", r.likes)
			b = end(appendCount(b, "commentCount", r.comments))
		}
	}
	return b
}
