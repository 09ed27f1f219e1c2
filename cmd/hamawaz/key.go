package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hamawaz/hamawaz/schema"
)

type keyCmd struct {
	New    keyNewCmd    `cmd:"" help:"Print a new key."`
	Rotate keyRotateCmd `cmd:"" help:"Encrypt every stored credential with the first key."`
}

type keyNewCmd struct{}

// Run prints a key and nothing else, to be sent into a file.
func (keyNewCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, schema.NewKey())
	return err
}

type keyRotateCmd struct {
	storeSettings
	queueSettings
	keySettings
	JSON bool `name:"json" help:"Print JSON."`
}

// Run encrypts with the first key what another key opens. It may be cut off and
// repeated, and run while everything else does.
func (c *keyRotateCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		keys, err := c.keyring()
		if err != nil {
			return err
		}
		if keys == nil {
			return schema.ErrNoKey
		}
		r, err := p.vault(keys).Rotate(ctx, p.lock(c.queueSettings), "cli")
		if err != nil {
			return err
		}
		entry := schema.AuditEntry{Actor: "cli", Action: "key.rotate", Subject: r.Key,
			Details: fmt.Sprintf(`{"done":%d,"already":%d,"failed":%d}`, r.Done, r.Already, len(r.Failed))}
		if err := p.audit.Audit(ctx, entry); err != nil {
			return err
		}
		if c.JSON {
			if err := json.NewEncoder(out).Encode(r); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(out, "key %s: %d encrypted anew, %d had it already, %d hold no secret, %d failed\n", r.Key, r.Done, r.Already, r.Empty, len(r.Failed))
			for _, f := range r.Failed {
				fmt.Fprintln(out, "  "+f)
			}
		}
		switch {
		case len(r.Failed) > 0:
			return errReported
		case !c.JSON && len(keys.IDs()) > 1:
			fmt.Fprintln(out, "the other keys are needed no more: take their lines away and restart every part")
		}
		return nil
	})
}
