package jobs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// An smtpServer is a mail server on loopback that answers as the test says.
type smtpServer struct {
	t        *testing.T
	listener net.Listener
	config   *tls.Config
	roots    *x509.CertPool

	noTLS    bool   // offer no STARTTLS
	implicit bool   // encrypted from the first byte
	user     string // with a password, AUTH is wanted
	password string
	auth     string // what is offered: "PLAIN LOGIN"

	mu      sync.Mutex
	rcpt    map[string]string // answers to RCPT, by address: "451 later"
	data    []string          // answers to the end of DATA, one a mail; "drop" hangs up instead; "slow" says nothing
	greet   string            // instead of the greeting
	mails   []caughtMail
	lines   []string // all that was said to it, passwords too
	inClear bool     // a mail came in the open
}

type caughtMail struct {
	from string
	to   []string
	data string
	user string
}

func startSMTP(t *testing.T, edit ...func(*smtpServer)) *smtpServer {
	t.Helper()
	s := &smtpServer{t: t, rcpt: map[string]string{}, auth: "PLAIN LOGIN"}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(leaf)
	s.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	for _, e := range edit {
		e(s)
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if s.implicit {
		s.listener = tls.NewListener(s.listener, s.config)
	}
	t.Cleanup(func() { s.listener.Close() })
	go func() {
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

// mailer returns a mailer for the server.
func (s *smtpServer) mailer() *Mailer {
	return &Mailer{Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: TLSStart, Roots: s.roots, Timeout: 2 * time.Second,
		From: "Hamawaz <reports@balochistan.example>", User: s.user, Password: s.password}
}

func (s *smtpServer) set(edit func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit()
}

func (s *smtpServer) caught() []caughtMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]caughtMail(nil), s.mails...)
}

func (s *smtpServer) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	text := textproto.NewConn(conn)
	say := func(format string, args ...any) { text.PrintfLine(format, args...) }
	s.mu.Lock()
	greet := s.greet
	s.mu.Unlock()
	if greet == "slow" {
		text.ReadLine() // says nothing until the client has gone
		return
	}
	if greet != "" {
		say("%s", greet)
		return
	}
	say("220 test ESMTP")
	_, encrypted := conn.(*tls.Conn)
	var m caughtMail
	signedIn := s.user == ""
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			lines := []string{"test", "8BITMIME", "ENHANCEDSTATUSCODES"}
			if !encrypted && !s.noTLS {
				lines = append(lines, "STARTTLS")
			}
			if s.user != "" && encrypted {
				lines = append(lines, "AUTH "+s.auth)
			}
			for i, l := range lines {
				sep := "-"
				if i == len(lines)-1 {
					sep = " "
				}
				say("250%s%s", sep, l)
			}
		case "STARTTLS":
			say("220 go ahead")
			c := tls.Server(conn, s.config)
			if c.Handshake() != nil {
				return
			}
			conn, text, encrypted = c, textproto.NewConn(c), true
		case "AUTH":
			user, password := s.readAuth(text, rest)
			if user != s.user || password != s.password {
				say("535 5.7.8 wrong")
				continue
			}
			signedIn, m.user = true, user
			say("235 2.7.0 well")
		case "MAIL":
			if !signedIn {
				say("530 5.7.0 sign in first")
				continue
			}
			m.from, m.to = between(rest), nil
			say("250 2.1.0 well")
		case "RCPT":
			to := between(rest)
			s.mu.Lock()
			answer := s.rcpt[to]
			s.mu.Unlock()
			if answer != "" {
				say("%s", answer)
				continue
			}
			m.to = append(m.to, to)
			say("250 2.1.5 well")
		case "DATA":
			say("354 go on")
			b, err := io.ReadAll(text.DotReader())
			if err != nil {
				return
			}
			s.mu.Lock()
			answer := "250 2.0.0 taken"
			if len(s.data) > 0 {
				answer, s.data = s.data[0], s.data[1:]
			}
			if strings.HasPrefix(answer, "250") || answer == "drop" {
				m.data = string(b)
				s.mails = append(s.mails, m)
				s.inClear = s.inClear || !encrypted
			}
			s.mu.Unlock()
			switch answer {
			case "drop":
				return
			case "slow":
				text.ReadLine()
				return
			}
			say("%s", answer)
		case "RSET", "NOOP":
			say("250 2.0.0 well")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 5.5.1 what?")
		}
	}
}

func (s *smtpServer) readAuth(text *textproto.Conn, rest string) (user, password string) {
	decode := func(x string) string { b, _ := base64.StdEncoding.DecodeString(x); return string(b) }
	kind, first, _ := strings.Cut(rest, " ")
	if kind == "PLAIN" {
		parts := strings.Split(decode(first), "\x00")
		if len(parts) == 3 {
			return parts[1], parts[2]
		}
		return "", ""
	}
	for i, prompt := range []string{"Username:", "Password:"} {
		text.PrintfLine("334 %s", base64.StdEncoding.EncodeToString([]byte(prompt)))
		line, _ := text.ReadLine()
		if i == 0 {
			user = decode(line)
		} else {
			password = decode(line)
		}
	}
	return user, password
}

func between(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
