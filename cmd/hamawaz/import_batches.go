package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

type importListCmd struct {
	storeSettings
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *importListCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		batches, err := p.importer().List(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(out, batches)
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tSTATE\tSTARTED\tPLATFORM\tMAP\tREAD\tKEPT\tREFUSED\tUNREAD VALUES\tBY\tFILES")
		for _, b := range batches {
			state := string(b.State)
			if b.State == importer.StateRunning {
				state = "unfinished" // under way, or to be repeated
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", b.ID, state, b.StartedAt.In(p.stats.Zone).Format("2006-01-02 15:04"),
				b.Platform, b.MapName, b.Read, b.Kept, b.Refused, b.Unread, b.Actor, files(b.Files))
		}
		return w.Flush()
	})
}

// files returns the names of files, the first ones.
func files(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:2], ", "), len(names)-2)
	}
	return strings.Join(names, ", ")
}

type importUndoCmd struct {
	storeSettings
	ID string `arg:"" help:"Id of the import; see import list."`
}

func (c *importUndoCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		u, err := p.importer().Undo(ctx, c.ID, commandLine)
		if errors.Is(err, schema.ErrNotFound) {
			return fmt.Errorf("there is no import %q: see hamawaz import list", c.ID)
		}
		if err != nil {
			return err
		}
		for _, a := range u.Accounts {
			if _, err := p.stats.Rollup(ctx, a.ID); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "%s is undone: %d readings and %d posts were taken back.\n", c.ID, u.Readings, u.Posts)
		return nil
	})
}

type importMapsCmd struct {
	storeSettings
	Name string `arg:"" optional:"" help:"Print this map as JSON."`
}

func (c *importMapsCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Name != "" {
		if m, err := importer.LoadMap(c.Name); err == nil {
			return printJSON(out, m) // needs no store
		}
	}
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		im := p.importer()
		if c.Name != "" {
			m, err := chooseMap(ctx, im, c.Name)
			if err != nil {
				return err
			}
			return printJSON(out, m)
		}
		maps, err := im.Maps(ctx)
		if err != nil {
			return err
		}
		for _, m := range maps {
			fmt.Fprintf(out, "%s: %s\n", m.Name, m.About)
		}
		return nil
	})
}
