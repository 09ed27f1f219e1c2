package jobs

import (
	"context"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeThumbnails is the task that fetches the pictures that an account's posts
// lack.
const TypeThumbnails = "post:thumbnails"

// thumbnailsTimeout bounds one task: pictures that do not come in time are
// waited for in the next.
const thumbnailsTimeout = 10 * time.Minute

type thumbnails struct {
	Account schema.AccountID `json:"account"`
}

// NewThumbnails returns the task that fetches the pictures of the account's
// newest posts. A second one for the same account is refused until this one
// succeeds, at most ten minutes: each run that stored posts asks for one, and
// the next takes what this one leaves.
func NewThumbnails(id schema.AccountID) (*asynq.Task, error) {
	return newTask(TypeThumbnails, thumbnails{id},
		asynq.Queue(QueueCollect),
		asynq.Timeout(thumbnailsTimeout),
		asynq.MaxRetry(2),
		asynq.Unique(thumbnailsTimeout))
}

// thumbnails handles post:thumbnails. That a picture cannot be had is no
// failure of the task: it stands with the post.
func (w *Worker) thumbnails(ctx context.Context, t *asynq.Task) error {
	p, err := payloadOf[thumbnails](t)
	if err != nil || w.Pictures == nil {
		return err
	}
	kept, failed, err := w.Pictures.Keep(ctx, p.Account)
	if kept+failed > 0 {
		w.Log.Info("pictures", "account", p.Account, "kept", kept, "failed", failed)
	}
	return err
}
