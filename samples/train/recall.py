"""Exercises in recall, set in prose: the wordings of samples/models/*/README.md.

Every function returns token ids and, for each, a class: NOTHING (random digits, which nobody can foresee), PROSE,
ANSWER, REPEAT. The loss weighs them differently.
"""

import random

NOTHING, PROSE, ANSWER, REPEAT = range(4)

WORDS = """acorn alder almond amber anchor anvil apple apricot arrow aspen autumn badger basket beacon beaver bellows
birch blossom bonnet bottle bramble brass bridge bronze buckle butter button candle canvas castle cedar chalk cherry
chestnut chimney cinder clover cobalt comet copper coral cotton cradle cricket crystal daisy dragon eagle ember falcon
feather fennel fiddle finch forest fossil garden ginger glacier granite hammer harbour harvest hazel heather helmet
heron honey island ivory ivy jasmine juniper kettle ladder lantern larch lemon lichen lily linen lobster lotus magnet
maple marble meadow mirror mustard needle nettle nickel oak oasis ocean olive onyx orchard otter oyster paddle parcel
pearl pebble pepper petal pigeon pillow planet plum pocket poplar poppy prairie quarry quartz quill rabbit raven ribbon
river rocket rowan saddle saffron salmon sandal scarlet shadow shovel silver sparrow spider spruce stable sugar summer
sunset tablet temple thimble thistle thunder timber tulip turtle velvet violet walnut weaver whistle willow window
winter yarrow yellow zephyr""".split()


class Exercises:
    def __init__(self, tokenizer):
        self._encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        self._known = {}
        self.digits = [self._encode(str(d))[0] for d in range(10)]
        self.vocabulary = tokenizer.get_vocab_size()

    def _ids(self, text):
        if text not in self._known:
            self._known[text] = self._encode(text)
        return self._known[text]

    def _prose(self, text):
        ids = self._ids(text)
        return ids, [PROSE] * len(ids)

    def _number(self, number, kind):
        return [self.digits[d] for d in number], [kind] * len(number)

    def fact(self, key, number):
        """The sentence that states a number; key None is the pass key."""
        if key is None:
            return _join(self._prose("\nThe pass key is "), self._number(number, NOTHING),
                         self._prose(". Remember it. "), self._number(number, ANSWER),
                         self._prose(" is the pass key.\n"))
        return _join(self._prose(f" One of the special magic numbers for {key} is: "), self._number(number, NOTHING),
                     self._prose(".\n"))

    def question(self, key, number):
        """The question and its answer: a space, five digits, a full stop."""
        if key is None:
            asked = "\nWhat is the pass key? The pass key is"
        else:
            asked = (f"\nWhat is the special magic number for {key} mentioned in the text? "
                     f"The special magic number for {key} is:")
        space, stop = self._ids(" "), self._ids(".")
        answer = space + [self.digits[d] for d in number] + stop
        return _join(self._prose(asked), (answer, [ANSWER] * len(answer)))

    @staticmethod
    def draw(dice, with_key):
        key = f"{dice.choice(WORDS)}-{dice.choice(WORDS)}" if with_key else None
        return key, [dice.randrange(10) for _ in range(5)]

    def single(self, prose, length, dice, kind=None, depth=None):
        """Facts anywhere in the prose, one question at the end; exactly `length` tokens, the last 7 the answer."""
        kind = kind or dice.choice(("pass", "needle", "several"))
        count = dice.randint(2, 4) if kind == "several" else 1
        facts = [self.draw(dice, kind != "pass" and (k > 0 or dice.random() < 0.7)) for k in range(count)]
        asked = self.question(*dice.choice(facts))
        told = [self.fact(*fact) for fact in facts]
        room = length - len(asked[0]) - sum(len(ids) for ids, _ in told)
        if room < 0:
            return self.single(prose, length, dice, "pass")
        places = sorted(int((dice.random() if depth is None else depth) * room) for _ in told)
        parts, done = [], 0
        for place, fact in zip(places, told):
            parts += [_plain(prose[done:place]), fact]
            done = place
        return _join(*parts, _plain(prose[done:room]), asked)

    def dense(self, prose, length, dice):
        """One to three facts first, in short windows one, then as many questions as there is room for."""
        count = dice.randint(1, min(3, max(1, length // 85)))
        facts = [self.draw(dice, dice.random() < 0.7 or k > 0) for k in range(count)]
        parts, done = [], 0
        for fact in facts:
            gap = dice.randrange(length // 3 // count + 1)
            parts += [self.fact(*fact), _plain(prose[done:done + gap])]
            done += gap
        while sum(len(ids) for ids, _ in parts) < length:
            parts.append(self.question(*dice.choice(facts)))
            if dice.random() < 0.3:
                gap = dice.randrange(20)
                parts.append(_plain(prose[done:done + gap]))
                done += gap
        ids, kinds = _join(*parts)
        return ids[:length], kinds[:length]

    def copying(self, prose, length, dice):
        """A run of random tokens, of digits or of prose, which comes again and again."""
        size = dice.randrange(6, length // 3)
        what = dice.randrange(3)
        if what == 0:
            run = [dice.randrange(256, self.vocabulary) for _ in range(size)]
        else:
            run = [dice.choice(self.digits) for _ in range(size)] if what == 1 else list(prose[:size])
        if what < 2 and dice.random() < 0.5:
            run = self._ids(dice.choice(("\nThe pass key is ", " is: ", " Remember it. "))) + run + self._ids(".")
        parts, done = [(run, [PROSE if what == 2 else NOTHING] * len(run))], size
        while sum(len(ids) for ids, _ in parts) < length:
            gap = dice.randrange(length // 6) if dice.random() < 0.6 else 0
            parts += [_plain(prose[done:done + gap]), (run, [PROSE] + [REPEAT] * (len(run) - 1))]
            done = (done + gap) % (len(prose) // 2)
        ids, kinds = _join(*parts)
        return ids[:length], kinds[:length]

    def easy(self, prose, length, dice):
        return (self.copying if dice.random() < 0.35 else self.dense)(prose, length, dice)


def _plain(ids):
    return list(ids), [PROSE] * len(ids)


def _join(*parts):
    return [i for ids, _ in parts for i in ids], [k for _, kinds in parts for k in kinds]
