package tiktok

import (
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// maxDaysBack is how far back the days of business/get go.
const maxDaysBack = 60

// A dayMember is a figure of business/get that is told by day.
type dayMember struct {
	name  string
	value func(from, to *sums) int64
}

// sums are what all of an account's videos stand at when a day begins.
type sums struct {
	reading
	followers int64
}

var dayMembers = []dayMember{
	{"video_views", func(from, to *sums) int64 { return to.views - from.views }},
	{"unique_video_views", func(from, to *sums) int64 { return to.reach - from.reach }},
	{"likes", func(from, to *sums) int64 { return to.likes - from.likes }},
	{"comments", func(from, to *sums) int64 { return to.comments - from.comments }},
	{"shares", func(from, to *sums) int64 { return to.shares - from.shares }},
	{"profile_views", func(from, to *sums) int64 { return to.profileViews - from.profileViews }},
	{"bio_link_clicks", func(from, to *sums) int64 { return to.websiteClicks - from.websiteClicks }},
	clickDays(0), clickDays(1), clickDays(2), clickDays(3), clickDays(4),
	{"daily_new_followers", func(from, to *sums) int64 { return max(to.followers-from.followers, 0) }},
	{"daily_lost_followers", func(from, to *sums) int64 { return max(from.followers-to.followers, 0) }},
	{"daily_total_followers", func(_, to *sums) int64 { return to.followers }},
	{"engaged_audience", func(from, to *sums) int64 {
		return to.likes + to.comments + to.shares - from.likes - from.comments - from.shares
	}},
}

// clickDays returns the member of one kind of clicks.
func clickDays(kind int) dayMember {
	return dayMember{clickKinds[kind], func(from, to *sums) int64 {
		if to.clicks[kind] == sandbox.Unknown {
			return sandbox.Unknown
		}
		return to.clicks[kind] - from.clicks[kind]
	}}
}

// sumsAt returns the sums in the second.
func (a *account) sumsAt(second int64) *sums {
	all := &sums{followers: a.growth.Followers(second)}
	for i := range all.clicks {
		if !a.plan.business {
			all.clicks[i] = sandbox.Unknown
		}
	}
	for _, v := range a.videos[:publishedBy(a.videos, second)] {
		r := v.at(second)
		all.views += r.views
		all.reach += r.reach
		all.likes += r.likes
		all.comments += r.comments
		all.shares += r.shares
		all.profileViews += r.profileViews
		all.websiteClicks += r.websiteClicks
		if a.plan.business {
			for i := range all.clicks {
				all.clicks[i] += r.clicks[i]
			}
		}
	}
	return all
}

// Day returns a figure of the account's on a day of UTC, by the platform's
// name, and false for one that there is not.
func (w *World) Day(handle, name string, day time.Time) (int64, bool) {
	a := w.account(handle)
	i := slices.IndexFunc(dayMembers, func(m dayMember) bool { return m.name == name })
	if a == nil || i < 0 {
		return 0, false
	}
	from := day.UTC().Truncate(24 * time.Hour).Unix()
	n := dayMembers[i].value(a.sumsAt(from), a.sumsAt(from+sandbox.DaySeconds))
	return n, n != sandbox.Unknown
}

// appendDays appends the figures of the days that the call asks for, as far as
// they are over and known.
func (c *call) appendDays(b []byte, members []*dayMember) ([]byte, error) {
	today := c.at / sandbox.DaySeconds
	first, last := today-7, today-1
	for name, to := range map[string]*int64{"start_date": &first, "end_date": &last} {
		if text := c.query.Get(name); text != "" {
			t, err := time.Parse(time.DateOnly, text)
			if err != nil {
				return nil, BusinessInvalidParams(name + ": Not a valid date.")
			}
			*to = t.Unix() / sandbox.DaySeconds
		}
	}
	if first > last || last > today || first < today-maxDaysBack {
		return nil, BusinessInvalidParams("start_date: Must be within the last 60 days.")
	}
	b = append(b, '[')
	before := c.owner.account.sumsAt(first * sandbox.DaySeconds)
	for day := first; day <= last && (day+1)*sandbox.DaySeconds <= c.at-c.lag; day++ {
		after := c.owner.account.sumsAt((day + 1) * sandbox.DaySeconds)
		b = appendText(append(b, `{"date":`...), time.Unix(day*sandbox.DaySeconds, 0).UTC().Format(time.DateOnly))
		for _, m := range members {
			if n := m.value(before, after); n != sandbox.Unknown {
				b = sandbox.AppendInt(sandbox.AppendKey(append(b, ','), m.name), n)
			}
		}
		b = append(b, '}', ',')
		before = after
	}
	return sandbox.CloseList(b, ']'), nil
}
