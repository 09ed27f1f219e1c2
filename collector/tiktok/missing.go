package tiktok

import (
	"context"
	"fmt"
	"slices"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// Missing implements collector.Finder. TikTok leaves out what is deleted, made
// private or somebody else's without a word, and does so now and then by
// mistake: only what is missing in two rounds is gone, which the caller counts.
//
// Posts whose id is none of TikTok's are not asked for.
func (c *Connector) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (map[string]schema.Absence, int, error) {
	c.initOnce.Do(c.init)
	if c.initErr != nil {
		return nil, 0, c.initErr
	}
	r := &run{Connector: c, job: job}
	if err := r.open(ctx); err != nil {
		return nil, 0, fmt.Errorf("tiktok: %w", err)
	}
	var ids []string
	for _, p := range posts {
		if isIdent([]byte(p.PostID)) && !slices.Contains(ids, p.PostID) {
			ids = append(ids, p.PostID)
		}
	}
	gone := make(map[string]schema.Absence)
	for some := range slices.Chunk(ids, DefaultPageSize) {
		found, err := r.api.present(ctx, some)
		if err != nil {
			return gone, r.page.Calls, fmt.Errorf("tiktok: ask for %d videos: %w", len(some), err)
		}
		for _, id := range some {
			if !slices.Contains(found, ident(id)) {
				gone[id] = schema.AbsenceGone
			}
		}
	}
	return gone, r.page.Calls, nil
}
