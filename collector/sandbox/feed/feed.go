// Package feed answers like the websites of departments over real HTTP: a blog
// of WordPress in Urdu, a newsroom with Atom that edits what it wrote, and a
// podcast. All of it is generated.
package feed

// What this sandbox shows, one sentence each, for pages that show its numbers.
const (
	// ModelNoteGenerated says what there is.
	ModelNoteGenerated = "Websites, items, episodes, texts and times of publication are generated and describe nobody; only the departments' names are those of real governments."
	// ModelNoteModelled says what the numbers are.
	ModelNoteModelled = "The numbers of comments, and the way they grew, are modelled and describe nobody."
	// ModelNoteHidden says what stays unknown.
	ModelNoteHidden = "A feed tells no reactions, shares, views or followers, the podcast not even comments: they are unknown, never zero."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "There are no websites: all that this sandbox shows is generated."
)

// generatedNote stands in the description of every feed.
const generatedNote = "Generated for the sandbox; describes nobody."
