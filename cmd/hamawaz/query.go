package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

type queryCmd struct {
	storeSettings
	Metric     string   `arg:"" help:"Key of the metric, such as interactions; see the catalogue."`
	By         string   `help:"One row for each department, account, platform or post." default:"department" enum:"department,account,platform,post"`
	From       string   `help:"First day, such as 2024-05-01." required:""`
	To         string   `help:"The day after the last one." required:""`
	View       string   `help:"life: the posts published in the period; activity: what was gained in it." default:"life" enum:"life,activity"`
	Department []string `help:"Only these departments, by id."`
	Account    []string `help:"Only these accounts, by id."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

func (c *queryCmd) Run(ctx context.Context, out io.Writer) error {
	p, err := openStore(ctx, c.storeSettings, false)
	if err != nil {
		return err
	}
	defer p.close()
	period, err := parsePeriod(c.From, c.To, p.stats.Zone)
	if err != nil {
		return err
	}
	if c.Metric == "net_reach_estimate" && c.Population == 0 {
		return errors.New("no estimate of net reach without a population: set --population or HAMAWAZ_POPULATION")
	}
	q := analytics.Question{Metric: c.Metric, By: c.By, View: analytics.View(c.View), Period: period}
	for _, d := range c.Department {
		q.Filter.Departments = append(q.Filter.Departments, schema.DepartmentID(d))
	}
	for _, a := range c.Account {
		q.Filter.Accounts = append(q.Filter.Accounts, schema.AccountID(a))
	}
	// The daily figures are kept for the zone of the office. For another they
	// are derived here; for the office's this finds nothing to do.
	accounts, err := p.directory.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if _, err := p.stats.Rollup(ctx, a.ID); err != nil {
			return err
		}
	}
	answer, err := p.stats.Ask(ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(answer)
	}
	return printAnswer(out, answer)
}

// parsePeriod reads two days.
func parsePeriod(from, to string, zone *time.Location) (analytics.Period, error) {
	var days [2]time.Time
	for i, text := range []string{from, to} {
		t, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil {
			return analytics.Period{}, fmt.Errorf("%q is no day: want one such as 2024-05-01", text)
		}
		days[i] = t
	}
	return analytics.NewPeriod(days[0], days[1], zone)
}

// printAnswer prints the rows for people: a dash is unknown.
func printAnswer(out io.Writer, a analytics.Answer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	asOf := "nothing collected yet"
	if a.AsOf != nil {
		asOf = "as of " + a.AsOf.Format("2006-01-02 15:04 UTC")
	}
	fmt.Fprintf(w, "%s (%s), %s to %s, %s, %s\n", a.Metric, a.View, a.From, a.To, a.Zone, asOf)
	for _, r := range a.Rows {
		value, note := "–", ""
		if r.Value != nil {
			value = strconv.FormatFloat(*r.Value, 'f', -1, 64)
			if a.Unit == analytics.UnitRatio {
				value = strconv.FormatFloat(*r.Value*100, 'f', 2, 64) + " %"
			}
		}
		if r.Unknown > 0 {
			note = fmt.Sprintf("%d unknown", r.Unknown)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Name, value, note)
	}
	return w.Flush()
}
