/* Two dozen documents and what is asked about them. */
#include "analysis/recall/questions-private.h"

const ScopeDocument scope_built_in_documents[] = {
  { "The lock of Ansty",
    "The lock of Ansty lies where the canal leaves the hill. It was built by Maud Ferrier, who "
    "had made clocks before. Two gates of larch hold the water, and a bell is rung when a boat "
    "has passed." },
  { "Maud Ferrier",
    "Maud Ferrier was born in Quillon as the daughter of a baker. She made tower clocks for "
    "thirty years and built one lock when she was old. Her workshop had no windows to the "
    "street." },
  { "Quillon",
    "Quillon is a market town on the river Aver. Its houses are roofed with blue slate. On the "
    "first day of spring the bakers throw small loaves from the bridge." },
  { "The Aver",
    "The Aver is a slow river that rises at Moorhead. Barges carry barley down it in autumn. "
    "Its water is brown from the peat, and people say that it tastes of tea." },
  { "Moorhead",
    "Moorhead is a village of forty houses and a chapel. The chapel was painted by Elias Tarn "
    "in a single winter. Sheep are counted there on the last Sunday of August." },
  { "Elias Tarn",
    "Elias Tarn painted ceilings, mostly with birds on them. He kept a tame jackdaw called "
    "Biscuit. When he died, his brushes went to the school of Lenham." },
  { "Lenham school",
    "The school of Lenham teaches drawing to forty pupils. Its motto is that a line costs "
    "nothing. The roof was paid for by the sale of a single pear tree." },
  { "The ferry of Corrie",
    "The ferry of Corrie crosses the strait in eighteen minutes. Its captain is Ruth Ashdown, "
    "who learnt to sail on a mill pond. In fog she steers by the sound of the quarry." },
  { "Ruth Ashdown",
    "Ruth Ashdown grew up in Pell with six brothers. She has never learnt to swim. Every year "
    "she carves the name of the ferry anew, because the salt eats the paint." },
  { "Pell",
    "Pell is known for its cheese, which is wrapped in nettles. The dairy stands on the ruins "
    "of a mint. Nobody in Pell locks the door before midnight." },
  { "The Harrow lamp",
    "The Harrow lamp is a lighthouse of red brick. It burns rapeseed oil and is seen from "
    "twenty miles. Its keeper writes down every ship in a book that nobody has ever asked for." },
  { "Orrin Vale",
    "Orrin Vale wrote the opera The Glass Orchard. He composed at a table in a railway station. "
    "The first night was sung by candlelight, for the gas had failed." },
  { "The Glass Orchard",
    "The Glass Orchard is an opera in three acts. Its heroine, a beekeeper, was first sung by "
    "Ines Calloway. The third act has a duet with a barrel organ." },
  { "Ines Calloway",
    "Ines Calloway sang in nine languages and spoke only one. She came from the island of "
    "Skerra. Her costume of the beekeeper is shown there in a former bank." },
  { "Skerra",
    "Skerra is an island without trees. Its people speak of the wind as of a neighbour. The "
    "harbour was dug by hand and took eleven years." },
  { "The bridge of Tollan",
    "The bridge of Tollan has seven arches, no two of them alike. The mason Piet Holloway left "
    "a thumb print in each. Carts have to pay a penny, but people with umbrellas go free." },
  { "Piet Holloway",
    "Piet Holloway could not read, and kept his accounts in knots. He married a weaver from "
    "Brannoch. His hammer hangs in the town hall." },
  { "Brannoch",
    "Brannoch weaves a cloth that is called stormgrey. The dye is made of walnut shells. In the "
    "dye house hangs a clock that runs backwards, for nobody knows why." },
  { "The museum of keys",
    "The museum of keys in Dunmere holds four thousand of them. It was founded by the locksmith "
    "Tilda Marsh. The oldest key opens nothing any more." },
  { "Tilda Marsh",
    "Tilda Marsh opened every lock in Dunmere within one night, for a bet. She won a goose "
    "called Admiral. Later she taught the fire brigade." },
  { "The night train",
    "The night train from Dunmere to Oxley stops at eleven stations. Its dining car serves "
    "barley soup after midnight. The conductor collects lost gloves and returns them in pairs." },
  { "Oxley",
    "Oxley has a theatre that was a granary. The mayor is elected by throwing horseshoes. The "
    "present one is Hugo Lindqvist, a dentist." },
  { "Hugo Lindqvist",
    "Hugo Lindqvist keeps bees on the roof of his surgery. His honey has won a silver medal in "
    "Carrow. He plays the bassoon, but only for the bees." },
  { "The fair of Carrow",
    "The fair of Carrow is held for three days in October. Medals are given for honey, plums "
    "and patience. A cannon is fired when the last plum is sold." },
};
const gsize scope_n_built_in_documents = G_N_ELEMENTS (scope_built_in_documents);

#define LIST(type, ...) ((const type[]){ __VA_ARGS__ })
#define ASK(question, answers, ...)                                                                \
  {                                                                                                \
    question, answers, LIST (gsize, __VA_ARGS__), G_N_ELEMENTS (LIST (gsize, __VA_ARGS__))         \
  }
#define ANSWERS(...) LIST (char *const, __VA_ARGS__, NULL)

/* Of one document first, then of several; documents by their place above. */
const ScopeQuestion scope_built_in_questions[] = {
  ASK ("Who built the lock of Ansty?", ANSWERS ("Maud Ferrier"), 0),
  ASK ("What are the houses of Quillon roofed with?", ANSWERS ("blue slate"), 2),
  ASK ("What was the name of the jackdaw of Elias Tarn?", ANSWERS ("Biscuit"), 5),
  ASK ("How long does the ferry of Corrie take to cross the strait?",
       ANSWERS ("eighteen minutes", "18 minutes"), 7),
  ASK ("What is the cheese of Pell wrapped in?", ANSWERS ("nettles"), 9),
  ASK ("What does the Harrow lamp burn?", ANSWERS ("rapeseed oil"), 10),
  ASK ("Where did Orrin Vale compose?", ANSWERS ("railway station"), 11),
  ASK ("How many years did it take to dig the harbour of Skerra?",
       ANSWERS ("eleven years", "11 years"), 14),
  ASK ("How did Piet Holloway keep his accounts?", ANSWERS ("in knots", "knots"), 16),
  ASK ("What is the dye of stormgrey made of?", ANSWERS ("walnut shells"), 17),
  ASK ("What was the goose called that Tilda Marsh won?", ANSWERS ("Admiral"), 19),
  ASK ("What does the dining car of the night train serve after midnight?", ANSWERS ("barley soup"),
       20),
  ASK ("How is the mayor of Oxley elected?", ANSWERS ("throwing horseshoes", "horseshoes"), 21),
  ASK ("Which instrument does Hugo Lindqvist play?", ANSWERS ("bassoon"), 22),
  ASK ("What paid for the roof of the school of Lenham?", ANSWERS ("pear tree"), 6),
  ASK ("What do the bakers of Quillon throw from the bridge?", ANSWERS ("small loaves", "loaves"),
       2),
  ASK ("In which town was the builder of the lock of Ansty born?", ANSWERS ("Quillon"), 0, 1),
  ASK ("Which town did the wife of the mason of the bridge of Tollan come from?",
       ANSWERS ("Brannoch"), 15, 16),
  ASK ("In which village does the river of Quillon rise?", ANSWERS ("Moorhead"), 2, 3),
  ASK ("Which bird did the painter of the chapel of Moorhead keep?", ANSWERS ("jackdaw"), 4, 5),
  ASK ("Where did the captain of the ferry of Corrie grow up?", ANSWERS ("Pell"), 7, 8),
  ASK ("From which island came the first singer of the heroine of The Glass Orchard?",
       ANSWERS ("Skerra"), 12, 13),
  ASK ("What did the founder of the museum of keys win with a bet?", ANSWERS ("goose"), 18, 19),
  ASK ("What does the mayor of Oxley keep on a roof?", ANSWERS ("bees"), 21, 22),
  ASK ("In which month is the fair held at which the mayor of Oxley won a medal?",
       ANSWERS ("October"), 21, 22, 23),
  ASK ("What is the cloth called that comes from the town of Piet Holloway's wife?",
       ANSWERS ("stormgrey"), 16, 17),
  ASK ("Which school got the brushes of the painter of the chapel of Moorhead?", ANSWERS ("Lenham"),
       4, 5),
};
const gsize scope_n_built_in_questions = G_N_ELEMENTS (scope_built_in_questions);
