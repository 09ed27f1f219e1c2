package analytics

import (
	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// CountedOnce says the rule that notCounted keeps.
var CountedOnce = Text{
	"Every number is counted once. Reposts of other accounts’ posts, and joint posts of which another account is the author, are listed with an account’s posts and marked; their numbers belong to the account that wrote them and enter no sum, count, rank, rate, reach or comparison here. Quotes, shares, replies, and items published on several platforms have numbers of their own and are counted.",
	"ہر عدد ایک ہی بار شمار ہوتا ہے۔ دوسرے اکاؤنٹس کی ری پوسٹ کی ہوئی پوسٹیں، اور وہ مشترکہ پوسٹیں جن کا لکھنے والا کوئی اور اکاؤنٹ ہے، اکاؤنٹ کی پوسٹوں میں نشان کے ساتھ دکھائی جاتی ہیں؛ ان کے اعداد لکھنے والے اکاؤنٹ کے ہیں اور یہاں کسی مجموعے، گنتی، درجے، شرح، رسائی یا موازنے میں شامل نہیں ہوتے۔ اقتباسات، شیئر، جوابات اور کئی پلیٹ فارمز پر شائع ہونے والی تحریروں کے اپنے اعداد ہوتے ہیں اور وہ شمار ہوتے ہیں۔",
}

// relations lists every relation that a post may have.
var relations = []schema.Relation{
	schema.RelationOwn, schema.RelationRepost, schema.RelationJoint, schema.RelationQuote,
	schema.RelationShare, schema.RelationReply, schema.RelationCrosspost,
}

// notCounted is the named parameter of the relations whose posts are counted
// for another account: schema.Relation.Counted is the rule. Every statement
// that makes figures of posts takes it; such posts are listed, without figures.
var notCounted = clickhouse.Named("not_counted", func() []string {
	var words []string
	for _, r := range relations {
		if !r.Counted() {
			words = append(words, string(r))
		}
	}
	return words
}())
