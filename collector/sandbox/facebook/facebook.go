// Package facebook answers like the Graph API of Facebook Pages over real HTTP,
// with Pages and posts that are generated: no data of the platform come with a
// licence that lets us copy them.
package facebook

// What this sandbox shows, one sentence each, for pages that show its numbers.
const (
	// ModelNoteGenerated says what there is.
	ModelNoteGenerated = "Pages, posts, texts and times of publication are generated and describe nobody; only the departments' names are those of real governments."
	// ModelNoteModelled says what the numbers are.
	ModelNoteModelled = "All views, reach, reactions, comments, shares, clicks, watch times and followers, and the way they grew, are modelled and describe nobody."
	// ModelNoteHidden says what stays unknown.
	ModelNoteHidden = "A number of shares that is zero is left out, as the platform leaves it out; what a Page's token may not see is left out too and is never zero."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "There are no Pages: all that this sandbox shows is generated."
)

// generatedNote stands in every text.
const generatedNote = "Generated for the sandbox; describes nobody."
