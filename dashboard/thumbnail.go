package dashboard

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// pictureTypes are the kinds of picture that every browser shows, and none of
// them runs anything.
var pictureTypes = map[string]bool{"image/jpeg": true, "image/png": true, "image/webp": true, "image/gif": true, "image/avif": true}

// picture returns the address of the post's small picture, or "" where none is
// stored, and what it shows, as far as the account said.
func picture(r analytics.PostRow) (address, alt string) {
	if !r.Thumbnail {
		return "", ""
	}
	if r.AltText != nil {
		alt = strings.TrimSpace(*r.AltText)
	}
	return postPath(r.Account, r.PostID) + "/thumbnail", alt
}

// thumbnail sends GET /accounts/:account/posts/:post/thumbnail. It is kept by
// the person's browser alone, and asked for again after a day.
func (s *Server) thumbnail(c *fiber.Ctx) error {
	a, err := url.PathUnescape(c.Params("account"))
	post, err2 := url.PathUnescape(c.Params("post"))
	if err != nil || err2 != nil {
		return fmt.Errorf("picture: %w", schema.ErrNotFound)
	}
	account, err := s.accountOf(c, schema.AccountID(a))
	if err != nil {
		return err
	}
	if account.Status != schema.StatusApproved {
		return fmt.Errorf("picture of %q of %q: %w", post, a, schema.ErrNotFound)
	}
	t, err := s.Stats.Thumbnail(c.UserContext(), account.ID, post)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("picture of %q of %q: %w: %w", post, a, errUnavailable, err)
	case !pictureTypes[t.MediaType]:
		return fmt.Errorf("picture of %q of %q is of kind %q: %w", post, a, t.MediaType, schema.ErrNotFound)
	}
	sum := sha256.Sum256([]byte(t.Image))
	c.Set(fiber.HeaderCacheControl, "private, max-age=86400")
	c.Set(fiber.HeaderETag, `"`+hex.EncodeToString(sum[:16])+`"`)
	if c.Fresh() {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, t.MediaType)
	return c.SendString(t.Image)
}

// inPage returns the picture as an address that holds it, for a page that is
// printed: paper can ask for nothing.
func inPage(t analytics.Thumbnail) template.URL {
	if !pictureTypes[t.MediaType] {
		return ""
	}
	return template.URL("data:" + t.MediaType + ";base64," + base64.StdEncoding.EncodeToString([]byte(t.Image)))
}
