package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hamawaz/hamawaz/schema"
	gomail "github.com/wneessen/go-mail"
)

// How a mail server is spoken to.
const (
	TLSStart    = "starttls" // in the open at first, then encrypted, or not at all
	TLSImplicit = "implicit" // encrypted from the first byte
	TLSNone     = "none"     // in the open: this machine, or a container beside it
)

// mailTimeout bounds each step of a conversation with the mail server.
const mailTimeout = time.Minute

// A Mailer hands mails to one mail server.
type Mailer struct {
	Host     string
	Port     int
	TLS      string // TLSStart, TLSImplicit or TLSNone
	User     string // empty: without signing in
	Password string
	From     string // "Name <address>", or an address
	Roots    *x509.CertPool
	Timeout  time.Duration    // of each step; 0: a minute
	Now      func() time.Time // default time.Now
}

// Check says what is wrong with the settings, or nil.
func (m *Mailer) Check() error {
	if m.Host == "" || strings.ContainsFunc(m.Host, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("mail: %q is no mail server", m.Host)
	}
	if m.Port < 1 || m.Port > 65535 {
		return fmt.Errorf("mail: port %d: want between 1 and 65535", m.Port)
	}
	if _, err := mail.ParseAddress(m.From); err != nil || strings.ContainsAny(m.From, "\r\n") {
		return fmt.Errorf("mail: the sender %q is no mail address: set HAMAWAZ_SMTP_FROM", m.From)
	}
	if (m.User == "") != (m.Password == "") {
		return errors.New("mail: a user needs a password, and a password a user: set HAMAWAZ_SMTP_USER and HAMAWAZ_SMTP_PASSWORD_FILE")
	}
	switch m.TLS {
	case TLSStart, TLSImplicit:
		return nil
	case TLSNone:
		if !beside(m.Host) {
			return fmt.Errorf("mail: %s is not on this machine, and HAMAWAZ_SMTP_TLS=none would send in the open: want %s or %s", m.Host, TLSStart, TLSImplicit)
		}
		if m.User != "" {
			return errors.New("mail: a password is not sent in the open: set HAMAWAZ_SMTP_TLS")
		}
		return nil
	}
	return fmt.Errorf("mail: TLS %q: want %s, %s or %s", m.TLS, TLSStart, TLSImplicit, TLSNone)
}

// beside reports whether the host is this machine, or a name without a dot: a
// container of the same network.
func beside(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return !strings.Contains(host, ".")
}

// A MailError says why a mail was not handed over.
type MailError struct {
	State string // schema.DeliveryRetry, DeliveryRefused or DeliveryUnclear
	Code  int    // the server's answer; 0: it did not answer
	Err   error
}

func (e *MailError) Error() string { return e.Err.Error() }

func (e *MailError) Unwrap() error { return e.Err }

// A Mail is one mail to one recipient.
type Mail struct {
	To         string // a bare address
	Subject    string
	Text, HTML string
	Language   string // en, ur or both
	Name       string // of the file attached
	PDF        []byte // nil: nothing is attached
	MessageID  string // without brackets
	ListID     string // without brackets
}

// MessageID returns the id of the mail with the run's report to the recipient:
// the same at each try, so that a server may see a repeat.
func (m *Mailer) MessageID(run, recipient string) string {
	sum := sha256.Sum256([]byte(run + "\x00" + recipient))
	return "hamawaz." + hex.EncodeToString(sum[:12]) + "@" + m.domain()
}

// ListID returns the id of a schedule's mails.
func (m *Mailer) ListID(schedule string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(schedule))
	return id + ".reports." + m.domain()
}

// domain returns the part of the sender's address after the @.
func (m *Mailer) domain() string {
	if a, err := mail.ParseAddress(m.From); err == nil {
		if _, domain, ok := strings.Cut(a.Address, "@"); ok {
			return domain
		}
	}
	return "localhost"
}

// Send hands the mail to the server. An error is a *MailError.
func (m *Mailer) Send(ctx context.Context, x Mail) error {
	msg, err := m.message(x)
	if err != nil {
		return &MailError{State: schema.DeliveryRefused, Err: err}
	}
	conn := &watched{}
	client, err := m.client(conn)
	if err != nil {
		return &MailError{State: schema.DeliveryRefused, Err: err}
	}
	stop := context.AfterFunc(ctx, conn.cut)
	defer stop()
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		conn.cut()
		return before(fmt.Errorf("mail server %s: %w", m.address(), err))
	}
	err = client.SendWithSMTPClient(session, msg)
	if msg.IsDelivered() {
		client.CloseWithSMTPClient(session) // however the good-bye goes
		return nil
	}
	conn.cut()
	if err == nil {
		err = errors.New("it was not handed over")
	}
	err = fmt.Errorf("mail server %s: %w", m.address(), err)
	var sent *gomail.SendError
	if errors.As(err, &sent) && sent.Reason == gomail.ErrSMTPDataClose && sent.ErrorCode() == 0 {
		// All was sent and the last word did not come: it may have been taken.
		return &MailError{State: schema.DeliveryUnclear, Err: err}
	}
	if errors.As(err, &sent) {
		return byCode(sent.ErrorCode(), err)
	}
	return before(err)
}

// before is an error that came before the mail was spoken of: whatever the
// server said, it did not refuse this mail.
func before(err error) *MailError {
	e := &MailError{State: schema.DeliveryRetry, Err: err}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		e.Code = answer.Code
	}
	return e
}

// byCode sorts an error by the server's answer: 5xx is for good, all else may
// pass.
func byCode(code int, err error) *MailError {
	if code >= 500 && code <= 599 {
		return &MailError{State: schema.DeliveryRefused, Code: code, Err: err}
	}
	return &MailError{State: schema.DeliveryRetry, Code: code, Err: err}
}

// Reach connects to the server, greets it, encrypts and signs in, and sends
// nothing.
func (m *Mailer) Reach(ctx context.Context) error {
	if err := m.Check(); err != nil {
		return err
	}
	conn := &watched{}
	client, err := m.client(conn)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, conn.cut)
	defer stop()
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		conn.cut()
		return fmt.Errorf("mail server %s: %w", m.address(), err)
	}
	return client.CloseWithSMTPClient(session)
}

func (m *Mailer) address() string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

// client returns the conversation's settings; its connection is kept in conn,
// so that it can be cut.
func (m *Mailer) client(conn *watched) (*gomail.Client, error) {
	timeout := m.Timeout
	if timeout == 0 {
		timeout = mailTimeout
	}
	config := &tls.Config{ServerName: m.Host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(m.Port), gomail.WithTimeout(timeout), gomail.WithTLSConfig(config), gomail.WithHELO(m.domain()), gomail.WithoutNoop(),
	}
	dial := (&net.Dialer{}).DialContext
	switch m.TLS {
	case TLSImplicit:
		dial = (&tls.Dialer{Config: config}).DialContext
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case TLSNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	options = append(options, gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err == nil {
			conn.keep(c)
		}
		return c, err
	}))
	if m.User != "" {
		// PLAIN where it is offered, else LOGIN; neither in the open.
		options = append(options, gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin),
			gomail.WithUsername(m.User), gomail.WithPassword(m.Password))
	}
	client, err := gomail.NewClient(m.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}

// message writes the mail: text and HTML side by side, and the paper attached.
func (m *Mailer) message(x Mail) (*gomail.Msg, error) {
	if !schema.IsMailAddress(x.To) {
		return nil, fmt.Errorf("mail: %q is no mail address", x.To)
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, fmt.Errorf("mail: the sender %q: %w", m.From, err)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(oneLine(from.Name), from.Address); err != nil {
		return nil, fmt.Errorf("mail: the sender: %w", err)
	}
	if err := msg.To(x.To); err != nil {
		return nil, fmt.Errorf("mail: the recipient: %w", err)
	}
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	msg.SetDateWithValue(now())
	msg.SetMessageIDWithValue(oneLine(x.MessageID))
	msg.Subject(oneLine(x.Subject))
	msg.SetGenHeader("List-Id", "<"+oneLine(x.ListID)+">")
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	language := map[string]string{"both": "en, ur"}[x.Language]
	if language == "" {
		language = oneLine(x.Language)
	}
	msg.SetGenHeader(gomail.HeaderContentLang, language)
	msg.SetBodyString(gomail.TypeTextPlain, x.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, x.HTML)
	if x.PDF == nil {
		return msg, nil
	}
	if err := msg.AttachReader(oneLine(x.Name), bytes.NewReader(x.PDF), gomail.WithFileContentType("application/pdf")); err != nil {
		return nil, fmt.Errorf("mail: attach the report: %w", err)
	}
	return msg, nil
}

// oneLine makes one line of a text that goes into a header: what ends a line
// would begin another header.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)), " ")
}
