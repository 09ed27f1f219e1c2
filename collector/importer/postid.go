package importer

import (
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// The ways in which a post's id is found.
const (
	wayLink   = "link"
	wayColumn = "column"
)

// ways returns where the platform's ids are looked for, if the map does not
// say. A Facebook link seldom holds the id; a short code stands in Instagram's
// links only, the numbers beside it are other ids.
func ways(p schema.Platform) []string {
	switch p {
	case schema.Instagram:
		return []string{wayLink}
	case schema.Facebook:
		return []string{wayColumn, wayLink}
	}
	return []string{wayLink, wayColumn}
}

// A link is what an address of a post says.
type link struct {
	id     string        // of the post; empty: the address does not say
	page   string        // Facebook: the id of the page, if the address says it
	handle string        // of the account, if the address says it
	format schema.Format // if the address says it
	url    string        // without what trackers add; empty if it is no address of the web
}

// parseLink reads the address of a post.
func parseLink(p schema.Platform, address string) link {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return link{}
	}
	l := link{url: address}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	clean := *u
	clean.RawQuery, clean.Fragment = "", ""
	switch p {
	case schema.Instagram:
		if !isHost(host, "instagram.com") && host != "instagr.am" {
			return link{}
		}
		l.url = clean.String()
		l.readInstagram(parts)
	case schema.X:
		if !isHost(host, "x.com") && !isHost(host, "twitter.com") {
			return link{}
		}
		l.url = clean.String()
		for i := range len(parts) - 1 {
			if (parts[i] == "status" || parts[i] == "statuses") && isNumber(parts[i+1]) {
				l.id = parts[i+1]
				if i == 1 && parts[0] != "i" {
					l.handle = parts[0]
				}
			}
		}
	case schema.YouTube:
		l.readYouTube(host, parts, u.Query())
	case schema.TikTok:
		if !isHost(host, "tiktok.com") {
			return link{}
		}
		l.url = clean.String()
		if len(parts) == 3 && (parts[1] == "video" || parts[1] == "photo") && isNumber(parts[2]) && strings.HasPrefix(parts[0], "@") {
			l.id, l.handle = parts[2], parts[0][1:]
		}
	case schema.Facebook:
		if !isHost(host, "facebook.com") && host != "fb.com" && host != "fb.watch" {
			return link{}
		}
		l.readFacebook(parts, u.Query())
	}
	return l
}

// isHost says whether host is the domain or lies in it.
func isHost(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func (l *link) readInstagram(parts []string) {
	for i := range len(parts) - 1 {
		var format schema.Format
		switch parts[i] {
		case "p":
		case "reel", "reels":
			format = schema.FormatReel
		case "tv":
			format = schema.FormatVideo
		case "stories": // /stories/NAME/ID
			if i+2 < len(parts) && isCode(parts[i+2]) {
				l.id, l.handle, l.format = parts[i+2], parts[i+1], schema.FormatStory
			}
			return
		default:
			continue
		}
		if isCode(parts[i+1]) {
			l.id, l.format = parts[i+1], format
			if i == 1 {
				l.handle = parts[0]
			}
			return
		}
	}
}

func (l *link) readYouTube(host string, parts []string, query url.Values) {
	switch {
	case host == "youtu.be" && len(parts) > 0:
		l.id = parts[0]
	case !isHost(host, "youtube.com"):
		*l = link{}
		return
	case parts[0] == "watch":
		l.id = query.Get("v")
	case len(parts) > 1 && (parts[0] == "shorts" || parts[0] == "live" || parts[0] == "embed"):
		l.id = parts[1]
	}
	if !isVideoID(l.id) {
		l.id = ""
	}
	l.format = schema.FormatVideo
}

// readFacebook reads /PAGE/posts/ID and permalink.php?story_fbid=ID&id=PAGE. The
// number in the address of a video or a photo is another id than the post's,
// and what begins with pfbid is none that the API knows.
func (l *link) readFacebook(parts []string, query url.Values) {
	switch {
	case len(parts) >= 3 && parts[1] == "posts":
		if id := parts[len(parts)-1]; isNumber(id) {
			l.id = id
		}
		if isNumber(parts[0]) {
			l.page = parts[0]
		} else {
			l.handle = parts[0]
		}
	case parts[0] == "permalink.php" || parts[0] == "story.php":
		if id, page := query.Get("story_fbid"), query.Get("id"); isNumber(id) && isNumber(page) {
			l.id, l.page = id, page
		}
	case parts[0] == "reel":
		l.format = schema.FormatReel
	}
}

// isNumber says whether s is an id of digits, such as X's and Facebook's.
func isNumber(s string) bool { return s != "" && s != "0" && len(s) <= 20 && isDigits(s) }

// isCode says whether s can be a short code of Instagram.
func isCode(s string) bool { return s != "" && len(s) <= 64 && isWords(s) }

// isVideoID says whether s is an id of YouTube: eleven characters.
func isVideoID(s string) bool { return len(s) == 11 && isWords(s) }

func isWords(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// exactDigits is how many digits of a number a spreadsheet keeps.
const exactDigits = 15

// damagedID says what a spreadsheet did to an id, or returns "". A number that
// went through one has an exponent, or zeros from the sixteenth digit on.
func damagedID(cell string) string {
	switch {
	case hasExponent(cell):
		return "a spreadsheet wrote it as a fraction and lost its last digits"
	case strings.HasPrefix(cell, "#") && strings.HasSuffix(cell, "?"), strings.HasPrefix(cell, "#") && strings.HasSuffix(cell, "!"):
		return "a spreadsheet took it for a formula"
	case len(cell) >= exactDigits+3 && isDigits(cell) && strings.Trim(cell[exactDigits:], "0") == "":
		return "a spreadsheet rounded it to 15 digits"
	}
	return ""
}

// findID returns the natural key of a post from its link and the cell with its
// id, or why there is none. page is Facebook's id of the page, if it is known.
func findID(p schema.Platform, order []string, l link, cell, page string) (string, *Refusal) {
	cell = strings.TrimSpace(asciiDigits(cell))
	column, damage := "", damagedID(cell)
	if damage == "" {
		switch p {
		case schema.YouTube:
			if isVideoID(cell) {
				column = cell
			}
		case schema.Instagram:
			if isCode(cell) && !isDigits(cell) {
				column = cell // a short code
			}
		case schema.Facebook:
			column = cell
		default:
			if isNumber(cell) {
				column = cell
			}
		}
	}
	if p == schema.Facebook {
		return findFacebookID(order, l, column, damage, cell, page)
	}
	if l.id != "" && column != "" && l.id != column {
		return "", refuse(ReasonIDsDiffer, fieldPostID, cell, "the link is of post %s and the id of post %s", l.id, column)
	}
	for _, way := range order {
		switch {
		case way == wayLink && l.id != "":
			return l.id, nil
		case way == wayColumn && column != "":
			return column, nil
		}
	}
	return "", noID(damage, cell, l)
}

// findFacebookID returns PAGE_POST.
func findFacebookID(order []string, l link, column, damage, cell, page string) (string, *Refusal) {
	if l.page != "" {
		page = l.page
	}
	for _, way := range order {
		post := l.id
		if way == wayColumn {
			post = column
			if a, b, ok := strings.Cut(post, "_"); ok && isNumber(a) && isNumber(b) {
				return post, nil
			}
		}
		switch {
		case !isNumber(post):
		case page == "":
			return "", refuse(ReasonNoID, fieldPostID, post, "the id of the page is unknown: a Facebook post is known by page and post")
		default:
			return page + "_" + post, nil
		}
	}
	return "", noID(damage, cell, l)
}

func noID(damage, cell string, l link) *Refusal {
	switch {
	case damage != "":
		return refuse(ReasonDamagedID, fieldPostID, cell, "the post's id is destroyed (%s) and no link has it", damage)
	case l.url != "":
		return refuse(ReasonNoID, fieldLink, l.url, "the link names no post")
	case cell != "":
		return refuse(ReasonNoID, fieldPostID, cell, "this is no id of a post, and no link has it")
	}
	return refuse(ReasonNoID, fieldLink, "", "there is neither a link to the post nor its id")
}
