package i18n

import (
	"strconv"
	"time"
)

var months = map[string][12]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"ur": {"جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون", "جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر"},
}

// Month returns the month's name: short in English, whole in Urdu.
func (p *Printer) Month(m time.Month) string { return months[p.Lang][m-1] }

// DayMonth returns the day without its year: "2 May".
func (p *Printer) DayMonth(t time.Time) Words {
	t = t.In(p.Zone)
	return Words(p.Numerals(strconv.Itoa(t.Day())) + " " + p.Month(t.Month()))
}

// Date returns the day: "2 May 2026".
func (p *Printer) Date(t time.Time) Words {
	return p.DayMonth(t) + Words(" "+p.Numerals(strconv.Itoa(t.In(p.Zone).Year())))
}

// Clock returns the time of the day: "09:40".
func (p *Printer) Clock(t time.Time) string { return p.Numerals(t.In(p.Zone).Format("15:04")) }

// Moment returns day and time, without the year if it is the year of now:
// "2 Jun 09:40", in Urdu with the comma of its script.
func (p *Printer) Moment(t, now time.Time) Words {
	day := p.Date(t)
	if t.In(p.Zone).Year() == now.In(p.Zone).Year() {
		day = p.DayMonth(t)
	}
	if p.RTL() {
		return day + "، " + Words(p.Clock(t))
	}
	return day + " " + Words(p.Clock(t))
}

// Days returns the days from first to last, both included, and says nothing
// twice: "1–31 May 2026", "26 Apr – 23 May 2026", "2 May 2026".
func (p *Printer) Days(first, last time.Time) Words {
	first, last = first.In(p.Zone), last.In(p.Zone)
	narrow, wide := Words("–"), Words(" – ")
	if p.RTL() {
		narrow, wide = " تا ", " تا "
	}
	switch {
	case first.Year() != last.Year():
		return p.Date(first) + wide + p.Date(last)
	case first.Month() != last.Month():
		return p.DayMonth(first) + wide + p.Date(last)
	case first.Day() != last.Day():
		return Words(p.Numerals(strconv.Itoa(first.Day()))) + narrow + p.Date(last)
	}
	return p.Date(last)
}

// Ago returns how long before now t was, in the largest unit that fits; a
// moment of the future is said as such.
func (p *Printer) Ago(t, now time.Time) Words {
	d := now.Sub(t)
	key := "ago."
	if d < 0 {
		d, key = -d, "in."
	}
	switch {
	case d < time.Minute:
		return Words(p.Text(key + "now"))
	case d < time.Hour:
		return Words(p.Text(key+"minutes", "Count", int(d/time.Minute)))
	case d < 48*time.Hour:
		return Words(p.Text(key+"hours", "Count", int(d/time.Hour)))
	}
	return Words(p.Text(key+"days", "Count", int(d/(24*time.Hour))))
}

// Duration returns how long something took: seconds below two minutes, with
// one digit after the point below ten seconds; minutes below two hours; hours.
func (p *Printer) Duration(d time.Duration) Words {
	switch {
	case d < 10*time.Second:
		return Words(p.Text("duration.part_seconds", "Value", p.Decimal(max(d, 0).Seconds(), 1)))
	case d < 2*time.Minute:
		return Words(p.Text("duration.seconds", "Count", int(d/time.Second)))
	case d < 2*time.Hour:
		return Words(p.Text("duration.minutes", "Count", int(d/time.Minute)))
	}
	return Words(p.Text("duration.hours", "Count", int(d/time.Hour)))
}
