package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // the zones, also where the system has none

	"github.com/hamawaz/hamawaz/schema"
)

// This file is the one table of settings: each is a flag, and an environment
// variable of the same name. A secret is read from a file, so that it stands
// in no process list.

// storeSettings say where the facts are kept.
type storeSettings struct {
	Data                   string `help:"Folder of the embedded store." env:"HAMAWAZ_DATA" default:"hamawaz-data" type:"path"`
	ClickHouse             string `name:"clickhouse" help:"ClickHouse server to use instead: clickhouse://user@host:9000/name or http://…" env:"HAMAWAZ_CLICKHOUSE" placeholder:"DSN"`
	ClickHousePasswordFile string `name:"clickhouse-password-file" help:"File with the server's password." env:"HAMAWAZ_CLICKHOUSE_PASSWORD_FILE" type:"path"`
	Zone                   string `help:"Time zone in which days are cut." env:"HAMAWAZ_ZONE" default:"Asia/Karachi"`
	Clock                  string `help:"Clock of a demo: START@REALxFACTOR." env:"HAMAWAZ_CLOCK" default:"real" hidden:""`
	LogLevel               string `help:"Least level that is logged: debug, info, warn or error." env:"HAMAWAZ_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`
}

// queueSettings say where the queue is.
type queueSettings struct {
	Redis             string `help:"Redis server to use instead of the embedded queue: redis://host:6379/0" env:"HAMAWAZ_REDIS" placeholder:"URL"`
	RedisPasswordFile string `help:"File with the server's password." env:"HAMAWAZ_REDIS_PASSWORD_FILE" type:"path"`
}

// collectSettings say how the platforms are read.
type collectSettings struct {
	InstagramTokenFile string        `help:"File with the token of the Instagram Graph API." env:"HAMAWAZ_INSTAGRAM_TOKEN_FILE" type:"path"`
	InstagramOfficeID  string        `help:"Our own Instagram user id, through which accounts are read that have not authorised us." env:"HAMAWAZ_INSTAGRAM_OFFICE_ID"`
	InstagramURL       string        `help:"Base address of the Instagram Graph API." env:"HAMAWAZ_INSTAGRAM_URL" default:"https://graph.facebook.com"`
	Backfill           time.Duration `help:"How far back the first pass reads." env:"HAMAWAZ_BACKFILL" default:"17520h"`
	Workers            int           `help:"Tasks at once." env:"HAMAWAZ_WORKERS" default:"8"`
}

// webSettings say how the dashboard is reached.
type webSettings struct {
	Listen string   `help:"Address of the dashboard." env:"HAMAWAZ_LISTEN" default:"localhost:8080"`
	Secure bool     `help:"The dashboard is reached by HTTPS: secure cookies and HSTS." env:"HAMAWAZ_SECURE"`
	Proxy  []string `help:"Reverse proxies whose X-Forwarded-For is believed." env:"HAMAWAZ_PROXIES"`
}

// dsn returns the store's address.
func (s storeSettings) dsn() (string, error) {
	if s.ClickHouse != "" {
		return s.ClickHouse, nil
	}
	dir, err := filepath.Abs(s.Data)
	return "embedded://" + filepath.ToSlash(dir), err
}

// location returns the zone.
func (s storeSettings) location() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil || s.Zone == "" || s.Zone == "Local" {
		return nil, fmt.Errorf("zone %q is not known: want a name such as Asia/Karachi", s.Zone)
	}
	return zone, nil
}

// clock returns the clock.
func (s storeSettings) clock() (schema.Clock, error) { return schema.ParseClock(s.Clock) }

// logger returns the log of the process. It goes to standard error.
func (s storeSettings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// secret returns the content of the file, or "" if none is named.
func secret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return schema.ReadSecret(file)
}

// stderr is where logs and progress go.
var stderr io.Writer = os.Stderr

// check says what is wrong with the settings.
func (s collectSettings) check() error {
	if s.Backfill < 24*time.Hour || s.Backfill > 20*365*24*time.Hour {
		return fmt.Errorf("backfill %s: want between 24h and 175200h", s.Backfill)
	}
	if s.Workers < 1 || s.Workers > 256 {
		return fmt.Errorf("workers %d: want between 1 and 256", s.Workers)
	}
	return nil
}
