package jobs

import "context"

// Hold takes the lock of the name and reports whether it was free. It ends when
// release is called, or some time after the process died. It is a schema.Lock.
func (c *Client) Hold(ctx context.Context, name string) (release func(), free bool, err error) {
	return c.hold(ctx, name)
}
