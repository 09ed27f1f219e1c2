package dashboard

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// A commentsCard is the comments under a post, a page of them.
type commentsCard struct {
	Say            template.HTML
	Nothing        string // said instead of comments; empty: there are some
	Threads        []commentThread
	Where          template.HTML
	Previous, Next string
	CSV            string // empty: nothing to save
	AsOf           template.HTML
}

type commentThread struct {
	commentLine
	Answers []commentLine
}

// A commentLine is a comment as it is shown: without a name.
type commentLine struct {
	Text     string // empty: a picture or the like
	Official bool
	Hidden   bool
	At       i18n.Words
	Machine  string
	Likes    template.HTML // empty: none, or not told
}

// askComments is the page of comments in the address of a post.
const askComments = "comments"

// comments returns the page of comments that the address asks for. What cannot
// be used as a page is the first one.
func (s *Server) comments(c *fiber.Ctx, p *i18n.Printer, post analytics.Post) commentsCard {
	number, err := strconv.Atoi(c.Query(askComments, "1"))
	if err != nil || number < 1 || number > pagesUpTo {
		number = 1
	}
	page, err := s.Stats.Comments(c.UserContext(), post.Account, post.PostID, (number-1)*analytics.CommentsPerPage)
	if err != nil { // the rest of the page stands without them
		s.logError(c, fiber.StatusServiceUnavailable, err)
		return commentsCard{Nothing: p.Text("comments.failed")}
	}
	if page.Total == 0 {
		return commentsCard{Nothing: p.Text("comments.none")}
	}
	now := s.Now()
	path := postPath(post.Account, post.PostID)
	address := func(n int) string { return path + "?" + askComments + "=" + strconv.Itoa(n) + "#comments" }
	card := commentsCard{
		Say: p.HTML("comments.say", "Count", page.Total, "Official", p.Int(page.Official), "Unanswered", p.Int(page.Unanswered)),
		CSV: path + "/comments.csv",
	}
	if page.ReadAt != nil {
		card.AsOf = p.HTML("foot.as_of", "AsOf", p.Moment(*page.ReadAt, now))
	}
	if len(page.Threads) == 0 {
		card.Nothing, card.Previous = p.Text("comments.beyond"), address(1)
		return card
	}
	for _, t := range page.Threads {
		thread := commentThread{commentLine: newCommentLine(p, t.Comment, now)}
		for _, a := range t.Answers {
			thread.Answers = append(thread.Answers, newCommentLine(p, a, now))
		}
		card.Threads = append(card.Threads, thread)
	}
	first := (number-1)*analytics.CommentsPerPage + 1
	last := first + len(page.Threads) - 1
	card.Where = p.HTML("comments.where", "First", first, "Last", last, "Total", p.Int(page.Begun))
	if number > 1 {
		card.Previous = address(number - 1)
	}
	if last < page.Begun {
		card.Next = address(number + 1)
	}
	return card
}

func newCommentLine(p *i18n.Printer, c schema.Comment, now time.Time) commentLine {
	l := commentLine{
		Text: strings.TrimSpace(c.Text), Official: c.Official, Hidden: c.Hidden != nil && *c.Hidden,
		At: p.Moment(c.PublishedAt, now), Machine: c.PublishedAt.UTC().Format(timeMachine),
	}
	if c.Likes != nil && *c.Likes > 0 {
		l.Likes = p.HTML("comments.likes", "Count", int(*c.Likes))
	}
	return l
}

// commentsFile sends GET /accounts/:account/posts/:post/comments.csv and .xlsx:
// every comment that is stored, the newest first, without names.
func (s *Server) commentsFile(c *fiber.Ctx) error {
	post, err := s.readPost(c)
	if err != nil {
		return err
	}
	list, err := s.Stats.AllComments(c.UserContext(), post.Account, post.PostID, exportUpTo)
	if err != nil {
		return fmt.Errorf("comments of %q: %w: %w", post.PostID, errUnavailable, err)
	}
	p := s.printer(c)
	rows := [][]cell{headings(p, "published", "comment", "answer_to", "official", "text", "likes", "replies", "hidden", "last_seen", "account", "key", "zone")}
	for _, m := range list {
		rows = append(rows, []cell{
			momentCell(p, &m.PublishedAt), textCell(m.CommentID), textCell(m.ParentID), yesNo(p, m.Official), textCell(m.Text),
			numberOrNone(m.Likes), numberOrNone(m.Replies), toldCell(p, m.Hidden), momentCell(p, &m.CollectedAt),
			textCell(post.AccountName), textCell(post.PostID), textCell(p.Zone.String()),
		})
	}
	return sendTable(c, p, "hamawaz-comments-"+fileWord(post.PostID), rows)
}
