package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	Population             int64  `help:"Number of people that reach is held against, for the estimate of net reach; 0: none is made." env:"HAMAWAZ_POPULATION" default:"0"`
	PopulationOf           string `help:"Whose number that is, such as: Balochistan, census 2023." env:"HAMAWAZ_POPULATION_OF"`
	Clock                  string `help:"Clock of a demo: START@REALxFACTOR." env:"HAMAWAZ_CLOCK" default:"real" hidden:""`
	LogLevel               string `help:"Least level that is logged: debug, info, warn or error." env:"HAMAWAZ_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`
}

// queueSettings say where the queue is.
type queueSettings struct {
	Redis             string `help:"Redis server to use instead of the embedded queue: redis://host:6379/0" env:"HAMAWAZ_REDIS" placeholder:"URL"`
	RedisPasswordFile string `help:"File with the server's password." env:"HAMAWAZ_REDIS_PASSWORD_FILE" type:"path"`
}

// budgetSettings say what the platforms allow us.
type budgetSettings struct {
	YouTubeUnits int64   `name:"youtube-units" help:"Units that our project on YouTube may spend in a day of California." env:"HAMAWAZ_YOUTUBE_UNITS" default:"10000"`
	XDollars     float64 `name:"x-dollars" help:"Most that reading X may cost in a month, in US dollars by the prices below; 0 for no limit." env:"HAMAWAZ_X_DOLLARS" default:"0"`
}

// collectSettings say how the platforms are read.
type collectSettings struct {
	budgetSettings
	XPostPrice float64 `name:"x-post-price" help:"What X bills for a post that is read, in US dollars; 0 where the contract bills nothing for it." env:"HAMAWAZ_X_POST_PRICE" default:"0.005"`
	XUserPrice float64 `name:"x-user-price" help:"What X bills for a profile that is read, in US dollars." env:"HAMAWAZ_X_USER_PRICE" default:"0.01"`

	XVerify  time.Duration `name:"x-verify" help:"Posts of X are asked for again, 100 at a time, once nobody has seen them for so long: X's terms give 24 hours to remove what was deleted there. 0: never." env:"HAMAWAZ_X_VERIFY" default:"24h"`
	XForget  bool          `name:"x-forget" help:"Remove the text, links and pictures of posts that are gone on X, and raw answers of X after the time above, as its terms demand. The counters stay." env:"HAMAWAZ_X_FORGET" default:"true" negatable:""`
	Comments bool          `help:"Read comments and answers where the platform tells them with the posts or in few calls; without their authors' names." env:"HAMAWAZ_COMMENTS" default:"true" negatable:""`

	InstagramTokenFile string        `help:"File with the token of the Instagram Graph API." env:"HAMAWAZ_INSTAGRAM_TOKEN_FILE" type:"path"`
	InstagramOfficeID  string        `help:"Our own Instagram user id, through which accounts are read that have not authorised us." env:"HAMAWAZ_INSTAGRAM_OFFICE_ID"`
	InstagramURL       string        `help:"Base address of the Instagram Graph API." env:"HAMAWAZ_INSTAGRAM_URL" default:"https://graph.facebook.com"`
	FacebookTokenFile  string        `help:"File with the token of our app on Facebook, APP|SECRET, for Pages that have not authorised us." env:"HAMAWAZ_FACEBOOK_TOKEN_FILE" type:"path"`
	FacebookSecretFile string        `help:"File with the secret of our app on Facebook, which then signs every request." env:"HAMAWAZ_FACEBOOK_SECRET_FILE" type:"path"`
	FacebookPageTokens string        `help:"Folder with the tokens of Pages that authorised us: a file for each account, called by its id." env:"HAMAWAZ_FACEBOOK_PAGE_TOKENS" type:"path"`
	FacebookURL        string        `help:"Base address of the Facebook Graph API." env:"HAMAWAZ_FACEBOOK_URL" default:"https://graph.facebook.com"`
	TikTokOwnerTokens  string        `name:"tiktok-owner-tokens" help:"Folder with the tokens of the owners who authorised us on TikTok: a file for each account, called by its id." env:"HAMAWAZ_TIKTOK_OWNER_TOKENS" type:"path"`
	TikTokBusiness     string        `name:"tiktok-business-tokens" help:"The same for TikTok's API for Business, which tells reach and watch time too. An account without a file there is read by the Display API." env:"HAMAWAZ_TIKTOK_BUSINESS_TOKENS" type:"path"`
	TikTokURL          string        `name:"tiktok-url" help:"Base address of TikTok's Display API." env:"HAMAWAZ_TIKTOK_URL" default:"https://open.tiktokapis.com"`
	TikTokBusinessURL  string        `name:"tiktok-business-url" help:"Base address of TikTok's API for Business." env:"HAMAWAZ_TIKTOK_BUSINESS_URL" default:"https://business-api.tiktok.com"`
	XTokenFile         string        `name:"x-token-file" help:"File with the bearer token of our app on X." env:"HAMAWAZ_X_TOKEN_FILE" type:"path"`
	XOwnerTokens       string        `name:"x-owner-tokens" help:"Folder with the tokens of the owners who authorised us on X: a file for each account, called by its id." env:"HAMAWAZ_X_OWNER_TOKENS" type:"path"`
	XURL               string        `name:"x-url" help:"Base address of the X API." env:"HAMAWAZ_X_URL" default:"https://api.x.com"`
	XVocabulary        string        `name:"x-vocabulary" help:"Names that requests to X use: legacy (tweet) or new (post)." env:"HAMAWAZ_X_VOCABULARY" default:"legacy" enum:"legacy,new"`
	YouTubeKeyFile     string        `name:"youtube-key-file" help:"File with the API key of our project for the YouTube Data API." env:"HAMAWAZ_YOUTUBE_KEY_FILE" type:"path"`
	YouTubeOwnerTokens string        `name:"youtube-owner-tokens" help:"Folder with the tokens of the owners who authorised us on YouTube: a file for each account, called by its id. Without it their channels are read with the key." env:"HAMAWAZ_YOUTUBE_OWNER_TOKENS" type:"path"`
	YouTubeURL         string        `name:"youtube-url" help:"Base address of the YouTube Data API." env:"HAMAWAZ_YOUTUBE_URL" default:"https://youtube.googleapis.com"`
	FeedURL            string        `name:"feed-url" help:"Where all requests to websites go instead of to their hosts: a stand-in. Empty in an office." env:"HAMAWAZ_FEED_URL"`
	Backfill           time.Duration `help:"How far back the first pass reads." env:"HAMAWAZ_BACKFILL" default:"17520h"`
	Workers            int           `help:"Tasks at once." env:"HAMAWAZ_WORKERS" default:"8"`
}

// standInHosts returns the hosts, with their ports, of the base addresses
// without TLS: no platform has one, so they are stand-ins, whose pictures are
// fetched although they lie within.
func (s collectSettings) standInHosts() []string {
	var hosts []string
	for _, address := range []string{s.FacebookURL, s.FeedURL, s.InstagramURL, s.TikTokURL, s.TikTokBusinessURL, s.XURL, s.YouTubeURL} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" || u.Hostname() == "" {
			continue
		}
		hosts = append(hosts, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")))
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// webSettings say how the dashboard is reached.
type webSettings struct {
	Listen string   `help:"Address of the dashboard." env:"HAMAWAZ_LISTEN" default:"localhost:8080"`
	Public string   `name:"public-url" help:"Address under which people reach the dashboard, such as https://hamawaz.example.gov.pk: platforms send owners back to it. By default http:// and the address that it listens on." env:"HAMAWAZ_PUBLIC_URL" placeholder:"URL"`
	Secure bool     `help:"The dashboard is reached by HTTPS: secure cookies and HSTS." env:"HAMAWAZ_SECURE"`
	Proxy  []string `help:"Reverse proxies whose X-Forwarded-For is believed." env:"HAMAWAZ_PROXIES"`
}

// public returns the address under which the dashboard is reached.
func (s webSettings) public() (string, error) {
	address := cmp.Or(s.Public, "http://"+s.Listen)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("public address %q: want one such as https://hamawaz.example.gov.pk", s.Public)
	}
	return strings.TrimRight(address, "/"), nil
}

// paperSettings say how reports are printed.
type paperSettings struct {
	Chromium string `help:"Program that prints reports to PDF; by default Chromium is looked for." env:"HAMAWAZ_CHROMIUM" placeholder:"PATH"`
}

// mailSettings say how reports are mailed.
type mailSettings struct {
	SMTPHost         string `name:"smtp-host" help:"Mail server that takes our mails; without one reports are made and not sent." env:"HAMAWAZ_SMTP_HOST"`
	SMTPPort         int    `name:"smtp-port" help:"Its port: 587 for starttls, 465 for implicit." env:"HAMAWAZ_SMTP_PORT" default:"587"`
	SMTPTLS          string `name:"smtp-tls" help:"starttls, implicit, or none: only for a server on this machine or in a container beside it." env:"HAMAWAZ_SMTP_TLS" default:"starttls" enum:"starttls,implicit,none"`
	SMTPUser         string `name:"smtp-user" help:"User to sign in as; by default without signing in." env:"HAMAWAZ_SMTP_USER"`
	SMTPPasswordFile string `name:"smtp-password-file" help:"File with the user's password." env:"HAMAWAZ_SMTP_PASSWORD_FILE" type:"path"`
	SMTPFrom         string `name:"smtp-from" help:"Sender of our mails: Name <address>." env:"HAMAWAZ_SMTP_FROM"`
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

// maxPopulation is more people than there are.
const maxPopulation = 20_000_000_000

// checkPopulation says what is wrong with the population.
func (s storeSettings) checkPopulation() error {
	if s.Population < 0 || s.Population > maxPopulation {
		return fmt.Errorf("population %d: want the number of people, or 0 for none", s.Population)
	}
	return nil
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
func (s budgetSettings) check() error {
	if s.YouTubeUnits < 1 {
		return fmt.Errorf("units %d of YouTube: want at least 1 a day", s.YouTubeUnits)
	}
	if !(s.XDollars >= 0 && s.XDollars <= 1e9) {
		return fmt.Errorf("dollars %g for X: want the most that a month may cost, or 0", s.XDollars)
	}
	return nil
}

// check says what is wrong with the settings.
func (s collectSettings) check() error {
	for _, price := range []float64{s.XPostPrice, s.XUserPrice} {
		if !(price >= 0 && price <= 1000) {
			return fmt.Errorf("price of X %g: want US dollars for one post or profile", price)
		}
	}
	if err := s.budgetSettings.check(); err != nil {
		return err
	}
	if s.Backfill < 24*time.Hour || s.Backfill > 20*365*24*time.Hour {
		return fmt.Errorf("backfill %s: want between 24h and 175200h", s.Backfill)
	}
	if s.XVerify != 0 && (s.XVerify < time.Hour || s.XVerify > 365*24*time.Hour) {
		return fmt.Errorf("x-verify %s: want between 1h and 8760h, or 0 for never", s.XVerify)
	}
	if s.Workers < 1 || s.Workers > 256 {
		return fmt.Errorf("workers %d: want between 1 and 256", s.Workers)
	}
	return nil
}
