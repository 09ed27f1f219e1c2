package youtube

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// maxLooks is how many videos one call of Missing looks for in the list of
// uploads, for a unit each.
const maxLooks = 20

// Missing implements collector.Finder: it asks for the videos, fifty at a time.
// The platform leaves out without a word what was deleted and what is private.
// The list of uploads still has an item of most private ones, which says so: it
// is asked about the first few that are left out.
func (c *Connector) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (gone map[string]schema.Absence, calls int, err error) {
	r, err := c.begin(ctx, job)
	if err != nil {
		return nil, 0, err
	}
	gone = make(map[string]schema.Absence)
	for len(posts) > 0 {
		some := posts[:min(len(posts), DefaultPageSize)]
		posts = posts[len(some):]
		if err := r.missing(ctx, some, gone); err != nil {
			return gone, r.page.Calls, fmt.Errorf("youtube: look videos up: %w", err)
		}
	}
	return gone, r.page.Calls, nil
}

// missing adds those of the videos, at most DefaultPageSize, that are not there
// for all to see.
func (r *run) missing(ctx context.Context, posts []schema.Post, gone map[string]schema.Absence) error {
	var ids []string
	for i := range posts {
		if id := posts[i].NativeID; isID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, body, err := get[video](ctx, r, "videos", url.Values{"part": {"id,status"}, "id": {strings.Join(ids, ",")}})
	if err != nil {
		return err
	}
	told := make(map[string]schema.Absence, len(body.Items))
	for i := range body.Items {
		told[body.Items[i].ID] = body.Items[i].absence()
	}
	for i := range posts {
		p := &posts[i]
		why, there := told[p.NativeID]
		switch {
		case !isID(p.NativeID):
			continue
		case !there:
			if why, err = r.listedAs(ctx, p.NativeID); err != nil {
				return err
			}
		}
		if why != schema.AbsenceNone {
			gone[p.PostID] = why
		}
	}
	return nil
}

// absence returns why a video that its owner is shown is not for all to see.
// One that is unlisted is there for whoever has its link.
func (v *video) absence() schema.Absence {
	switch {
	case v.Status.Upload == "deleted":
		return schema.AbsenceDeleted
	case v.Status.Upload == "failed", v.Status.Upload == "rejected":
		return schema.AbsenceGone
	case v.Status.Privacy == "private":
		return schema.AbsencePrivate
	}
	return schema.AbsenceNone
}

// listedAs returns why a video that was left out is gone, as far as the list of
// uploads tells. Its name is the channel's with UU before it.
func (r *run) listedAs(ctx context.Context, id string) (schema.Absence, error) {
	channel, ok := strings.CutPrefix(r.job.Account.PlatformID, "UC")
	if !ok || !isID(channel) || r.looks >= maxLooks {
		return schema.AbsenceGone, nil
	}
	r.looks++
	_, body, err := get[item](ctx, r, "playlistItems", url.Values{
		"part": {"snippet,contentDetails,status"}, "playlistId": {"UU" + channel}, "videoId": {id},
	})
	if asRefusal(err).is("playlistNotFound", "videoNotFound", "playlistItemNotFound") {
		return schema.AbsenceGone, nil
	}
	if err != nil {
		return schema.AbsenceNone, err
	}
	for i := range body.Items {
		if it := &body.Items[i]; it.id() == id && (it.Status.Privacy == "private" || it.Snippet.Title == "Private video") {
			return schema.AbsencePrivate, nil
		}
	}
	return schema.AbsenceGone, nil
}
