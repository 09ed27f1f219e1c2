package x

// A phrase is what a generated post says, in three languages, and its
// hashtags. %d is a small number and %s a city.
type phrase struct {
	pt, en, ur string
	tagPt      string
	tagEn      string
	tagUr      string
}

var phrases = []phrase{
	{"Campanha de vacinação contra a gripe começa em %[2]s: %[1]d postos abertos até as 19h.",
		"Flu vaccination begins in %[2]s: %[1]d clinics are open until 7 p.m.",
		"%[2]s میں فلو کی ویکسین مہم شروع: %[1]d مراکز شام 7 بجے تک کھلے ہیں۔", "Saúde", "Health", "صحت"},
	{"Rodovia perto de %[2]s recebe %[1]d km de asfalto novo. Atenção aos desvios.",
		"The road near %[2]s gets %[1]d km of new surface. Mind the diversions.",
		"%[2]s کے قریب سڑک پر %[1]d کلومیٹر نئی تہہ بچھائی جا رہی ہے۔ متبادل راستے دیکھیں۔", "Obras", "Roads", "سڑکیں"},
	{"Matrículas abertas: %[1]d vagas em cursos técnicos gratuitos em %[2]s.",
		"Enrolment is open: %[1]d places in free technical courses in %[2]s.",
		"داخلے جاری: %[2]s میں مفت تکنیکی کورسز کی %[1]d نشستیں۔", "Educação", "Education", "تعلیم"},
	{"Alerta de chuva forte em %[2]s nas próximas %[1]d horas. Ligue 199 em caso de emergência.",
		"Heavy rain is expected in %[2]s within %[1]d hours. Call 199 in an emergency.",
		"%[2]s میں اگلے %[1]d گھنٹوں میں شدید بارش کا امکان۔ ہنگامی صورت میں 199 پر کال کریں۔", "DefesaCivil", "CivilDefence", "موسم"},
	{"Feira da agricultura familiar reúne %[1]d produtores em %[2]s neste sábado.",
		"The market of family farms brings %[1]d growers to %[2]s this Saturday.",
		"اس ہفتے %[2]s میں %[1]d کاشتکاروں کا میلہ۔", "Agricultura", "Farming", "زراعت"},
	{"Operação integrada em %[2]s: %[1]d equipes nas ruas neste fim de semana.",
		"Joint operation in %[2]s: %[1]d teams are on the streets this weekend.",
		"%[2]s میں مشترکہ کارروائی: اس ہفتے %[1]d ٹیمیں سڑکوں پر۔", "Segurança", "Safety", "امن"},
	{"Nova estação de tratamento vai levar água a %[1]d bairros de %[2]s.",
		"A new treatment plant will bring water to %[1]d districts of %[2]s.",
		"نیا پلانٹ %[2]s کے %[1]d محلوں کو پانی پہنچائے گا۔", "Água", "Water", "پانی"},
	{"Mutirão de emprego em %[2]s: %[1]d vagas, leve o currículo e um documento.",
		"Job fair in %[2]s: %[1]d openings; bring your papers.",
		"%[2]s میں روزگار میلہ: %[1]d آسامیاں، اپنی دستاویزات ساتھ لائیں۔", "Emprego", "Jobs", "روزگار"},
	{"Parque de %[2]s reabre com %[1]d novas trilhas e entrada gratuita.",
		"The park of %[2]s opens again with %[1]d new paths, free for all.",
		"%[2]s کا پارک %[1]d نئے راستوں کے ساتھ دوبارہ کھل گیا، داخلہ مفت۔", "Turismo", "Tourism", "سیاحت"},
	{"Doe sangue: o hemocentro de %[2]s precisa de %[1]d doadores por dia.",
		"Give blood: the centre in %[2]s needs %[1]d donors a day.",
		"خون عطیہ کریں: %[2]s کے مرکز کو روزانہ %[1]d عطیہ دہندگان درکار ہیں۔", "DoeSangue", "GiveBlood", "عطیہ"},
}

// A longer post goes on with these, so that it is above 280 letters.
var continuations = [...]string{
	" O atendimento é por ordem de chegada, com prioridade para idosos, gestantes e pessoas com deficiência. Informações completas no portal, pelo telefone e nas unidades de atendimento de cada município; traga documento com foto e comprovante de residência.",
	" People are served in the order in which they come, and the elderly, expectant mothers and people with a disability first. All details are on the portal, by telephone and in the offices of each town; please bring a document with a photograph and a proof of address.",
	" آنے والوں کو ترتیب سے خدمت دی جائے گی اور بزرگوں، حاملہ خواتین اور معذور افراد کو ترجیح حاصل ہو گی۔ مکمل معلومات پورٹل پر، فون کے ذریعے اور ہر شہر کے دفاتر میں دستیاب ہیں؛ براہِ کرم تصویر والی شناختی دستاویز اور پتے کا ثبوت ساتھ لائیں۔ دفاتر ہفتے کے چھ دن کھلے رہتے ہیں۔",
}
