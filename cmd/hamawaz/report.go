package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/dashboard/pdf"
	"github.com/hamawaz/hamawaz/jobs"
	"github.com/hamawaz/hamawaz/schema"
)

type reportCmd struct {
	storeSettings
	paperSettings
	Month      string `help:"The month, such as 2024-05." required:""`
	Lang       string `help:"en, ur or both: one page each." default:"en" enum:"en,ur,both"`
	Department string `help:"Only this department, by id; the others stay in comparison."`
	Out        string `help:"File to write; one that is there is replaced." required:"" type:"path" placeholder:"FILE.pdf"`
}

// Run prints the report of a month. Nothing is written of one that is not
// complete.
func (c *reportCmd) Run(ctx context.Context, out io.Writer) error {
	zone, err := c.location()
	if err != nil {
		return err
	}
	q := schema.ReportQuestion{Language: c.Lang, Department: schema.DepartmentID(c.Department)}
	if q.From, q.To, err = dashboard.ParseMonth(c.Month, zone); err != nil {
		return err
	}
	if info, err := os.Stat(filepath.Dir(c.Out)); err != nil || !info.IsDir() {
		return fmt.Errorf("cannot write %s: its folder is not there", c.Out)
	}
	printer := c.printer()
	if _, err := printer.Find(); err != nil {
		return err
	}
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		if err := p.departmentExists(ctx, c.Department); err != nil {
			return err
		}
		// The daily figures are brought up to the readings, as query does.
		accounts, err := p.directory.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if _, err := p.stats.Rollup(ctx, a.ID); err != nil {
				return err
			}
		}
		demo, err := p.seeded(ctx)
		if err != nil {
			return err
		}
		f, err := p.reporter(printer, demo).Report(ctx, q)
		if err != nil {
			return err
		}
		if err := writeWhole(c.Out, f.PDF); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s: %d bytes, SHA-256 %s\n", c.Out, f.Size, f.SHA256)
		return err
	})
}

// reporter returns what makes reports from the store.
func (p *parts) reporter(printer *pdf.Printer, demo *dashboard.Demo) *dashboard.Reporter {
	return &dashboard.Reporter{
		Stats: figures{DB: p.stats, directory: p.directory}, Printer: printer,
		Now: p.clock.Now, Zone: p.stats.Zone, Demo: demo, Version: version,
	}
}

// writeWhole writes the file, or leaves what was there: it is renamed into
// place.
func writeWhole(name string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, reason(err))
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("cannot write %s: %w", name, reason(err))
		}
	}()
	if _, err = f.Write(b); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// reason returns the error without the temporary file's name.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// printer returns what prints.
func (s paperSettings) printer() *pdf.Printer { return &pdf.Printer{Path: s.Chromium} }

// mailer returns the mail server, or nil if none is set.
func (s mailSettings) mailer() (*jobs.Mailer, error) {
	if s.SMTPHost == "" {
		return nil, nil
	}
	password, err := secret(s.SMTPPasswordFile)
	if err != nil {
		return nil, err
	}
	m := &jobs.Mailer{Host: s.SMTPHost, Port: s.SMTPPort, TLS: s.SMTPTLS, User: s.SMTPUser, Password: password, From: s.SMTPFrom}
	return m, m.Check()
}
