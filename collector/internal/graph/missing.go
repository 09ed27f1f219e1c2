package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// Missing asks for each of the posts by its id and adds those that are not
// there, or not visible to us, to found: see collector.Finder. gone says which
// refusals mean that, besides collector.ErrGone.
//
// Each is asked for alone. The API takes several ids at once, but counts each as
// a call, and one that is gone fails them all.
func (r *Run) Missing(ctx context.Context, posts []schema.Post, found map[string]schema.Absence, gone func(error) bool) error {
	trouble := 0 // in a row
	for i := range posts {
		p := &posts[i]
		if p.NativeID == "" || strings.Trim(p.NativeID, "0123456789_") != "" {
			continue // it came by another way, and its id is not known
		}
		var body struct{ api.GraphBody }
		_, _, err := r.Get(ctx, p.NativeID, url.Values{"fields": {"id"}}, &body)
		switch {
		case err == nil:
			trouble = 0
		case errors.Is(err, collector.ErrGone) || gone(err):
			found[p.PostID] = schema.AbsenceGone
			trouble = 0
		case Stops(ctx, err) || NotPermitted(err):
			return fmt.Errorf("ask for post %s: %w", p.PostID, err)
		default: // the platform did not say
			if trouble++; trouble >= maxTrouble {
				return fmt.Errorf("ask for post %s: %w", p.PostID, err)
			}
		}
	}
	return nil
}
