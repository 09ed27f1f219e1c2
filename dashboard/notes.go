package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Actions in the audit log.
const (
	actionAddNote    = "note.add"
	actionRemoveNote = "note.remove"
)

// longestNote is the length of a note in letters.
const longestNote = 200

// notesCard lists the notes on the days of a page, under its chart.
type notesCard struct {
	Shown       bool // there is something to show, or to write
	Rows        []noteRow
	Failed      string // number of the request whose notes could not be read; empty: they were
	Can         bool   // the person may write one
	Day         string // for the form; First and Last bound it
	First, Last string
	Departments []option
	Longest     int
}

type noteRow struct {
	Day              i18n.Words
	Text, Department string
	Author           string
	When             i18n.Words
	Remove           string // address that takes it away; empty: this person may not
}

// notes returns the notes of the period for the page, and the card that lists
// them. Notes are not worth losing the page's figures for: the card says so if
// they cannot be read.
func (s *Server) notes(c *fiber.Ctx, p *i18n.Printer, q query, departments []schema.Department) ([]schema.Annotation, notesCard) {
	first, last := q.Period.From, q.Period.Last()
	card := notesCard{Can: analysts.allows(person(c)), First: first.Format(time.DateOnly), Last: last.Format(time.DateOnly), Longest: longestNote}
	card.Shown = card.Can
	list, err := s.Notes.Annotations(c.UserContext(), first, last)
	if err != nil {
		s.Log.Error("notes not read", "request_id", requestID(c), "error", err.Error())
		card.Shown, card.Failed = true, requestID(c)
		return nil, card
	}
	list = slices.DeleteFunc(list, func(a schema.Annotation) bool { return !noteShows(c, q.Filter, a) })
	card.Day = min(s.Now().In(s.Zone).Format(time.DateOnly), card.Last)
	for _, d := range departments {
		card.Departments = append(card.Departments, option{departmentName(p, d), string(d.ID), "", slices.Equal(q.Filter.Departments, []schema.DepartmentID{d.ID})})
	}
	authors := map[string]string{}
	for _, a := range list {
		if _, known := authors[a.Author]; !known {
			authors[a.Author] = s.nameOf(c, a.Author)
		}
		r := noteRow{Day: p.Date(dayIn(a.Day, s.Zone)), Text: a.Text, Author: authors[a.Author], When: p.Moment(a.At, s.Now())}
		if i := slices.IndexFunc(departments, func(d schema.Department) bool { return d.ID == a.Department }); i >= 0 {
			r.Department = departmentName(p, departments[i])
		} else {
			r.Department = string(a.Department)
		}
		if mayRemove(person(c), a) {
			r.Remove = "/notes/" + url.PathEscape(a.ID) + "/remove"
		}
		card.Rows = append(card.Rows, r)
	}
	card.Shown = card.Shown || len(card.Rows) > 0
	return list, card
}

// noteShows reports whether the page shows the note: one on all departments
// always, one on a department where the page covers it and the person may see
// it.
func noteShows(c *fiber.Ctx, f analytics.Filter, a schema.Annotation) bool {
	if a.Department == "" {
		return true
	}
	if own, limited := ownDepartment(person(c)); limited && own != a.Department || len(f.Accounts) > 0 {
		return false
	}
	return len(f.Departments) == 0 || slices.Contains(f.Departments, a.Department)
}

// dayIn returns the midnight that begins the calendar day in the zone.
func dayIn(day time.Time, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

// mayRemove reports whether the person may take the note away: who wrote it
// may, and administrators.
func mayRemove(p *schema.Person, a schema.Annotation) bool {
	return p.ID == a.Author && analysts.allows(p) || admins.allows(p)
}

// addNote takes POST /notes.
func (s *Server) addNote(c *fiber.Ctx) error {
	text := strings.Join(strings.Fields(c.FormValue("text")), " ")
	day, err := time.ParseInLocation(time.DateOnly, c.FormValue("day"), s.Zone)
	switch {
	case err != nil || day.Year() < 2000 || day.After(s.Now().AddDate(1, 0, 0)):
		return inputError{"notes.problem_day"}
	case text == "" || utf8.RuneCountInString(text) > longestNote || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return inputError{"notes.problem_text"}
	}
	department := schema.DepartmentID(c.FormValue("department"))
	if department != "" {
		departments, err := s.Stats.Departments(c.UserContext())
		if err != nil {
			return fmt.Errorf("departments: %w: %w", errUnavailable, err)
		}
		if !slices.ContainsFunc(departments, func(d schema.Department) bool { return d.ID == department }) {
			return inputError{"people.fault_department"}
		}
	}
	a := schema.Annotation{ID: uuid.NewString(), Day: day, Department: department, Text: text, Author: person(c).ID}
	if err := s.audit(c, a.Author, actionAddNote, a.ID, "day", c.FormValue("day"), "department", string(department)); err != nil {
		return err
	}
	if err := s.Notes.AddAnnotation(c.UserContext(), a); err != nil {
		return fmt.Errorf("add note: %w: %w", errUnavailable, err)
	}
	return c.Redirect(safeNext(c.FormValue("next")), fiber.StatusSeeOther)
}

// removeNote takes POST /notes/:note/remove.
func (s *Server) removeNote(c *fiber.Ctx) error {
	id, err := url.PathUnescape(c.Params("note"))
	if err != nil {
		return fmt.Errorf("note: %w", schema.ErrNotFound)
	}
	a, err := s.Notes.Annotation(c.UserContext(), id)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("remove note: %w: %w", errUnavailable, err)
	case !mayRemove(person(c), a):
		return errForbidden
	}
	if err := s.audit(c, person(c).ID, actionRemoveNote, a.ID); err != nil {
		return err
	}
	if err := s.Notes.RemoveAnnotation(c.UserContext(), a, person(c).ID); err != nil {
		return fmt.Errorf("remove note: %w: %w", errUnavailable, err)
	}
	return c.Redirect(safeNext(c.FormValue("next")), fiber.StatusSeeOther)
}

// noteSeries is the series of the daily chart that marks the days with notes:
// points without a line, each on its day's value, with the text for the
// tooltip. Nil: there are none.
func noteSeries(p *i18n.Printer, days []analytics.Day, notes []schema.Annotation) map[string]any {
	texts := map[string][]string{}
	for _, a := range notes {
		day := a.Day.Format(time.DateOnly)
		texts[day] = append(texts[day], clip(a.Text, 60))
	}
	marks := false
	data := make([]any, len(days))
	for i, d := range days {
		data[i] = missing
		if list := texts[d.Day.In(p.Zone).Format(time.DateOnly)]; len(list) > 0 {
			marks = true
			value := cmp.Or(d.Value, new(float64))
			data[i] = map[string]any{"value": *value, "note": chartText(p, strings.Join(list, "\n"))}
		}
	}
	if !marks {
		return nil
	}
	return map[string]any{
		"type": "line", "name": chartText(p, p.Text("notes.title")), "data": data, "symbol": "diamond", "symbolSize": 12, "showSymbol": true, "showAllSymbol": true,
		"lineStyle": map[string]any{"width": 0}, "itemStyle": map[string]any{"color": "var(--warn)", "borderColor": "var(--card)", "borderWidth": 1.5}, "z": 5,
	}
}
