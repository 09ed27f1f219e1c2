package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/hamawaz/hamawaz/collector/importer"
)

// importRecords are the settings of lists of accounts and departments.
type importRecords struct {
	storeSettings
	File   string `arg:"" help:"The list: CSV, TSV, XLSX or JSON lines." type:"path"`
	Reason string `help:"Why, for rows that do not say: the letter and its date."`
	DryRun bool   `help:"Say what would be saved, and save nothing."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *importRecords) run(ctx context.Context, out io.Writer, what string,
	do func(*importer.Importer, context.Context, importer.RecordsRequest) (*importer.RecordsResult, error),
) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		r, err := do(p.importer(), ctx, importer.RecordsRequest{
			File: importer.File{Name: filepath.Base(c.File), Path: c.File}, Actor: commandLine, Reason: c.Reason, DryRun: c.DryRun,
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(out, r)
		}
		would := ""
		if c.DryRun {
			would = " (nothing was saved)"
		}
		fmt.Fprintf(out, "%d rows read: %d %s added, %d changed, %d as they were, %d rows refused%s\n", r.Read, r.Added, what, r.Changed, r.Unchanged, r.Refused, would)
		for _, x := range r.Refusals {
			fmt.Fprintln(out, x)
		}
		return nil
	})
}

type importAccountsCmd struct{ importRecords }

func (c *importAccountsCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, "accounts", (*importer.Importer).ImportAccounts)
}

type importDepartmentsCmd struct{ importRecords }

func (c *importDepartmentsCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, "departments", (*importer.Importer).ImportDepartments)
}
