"""Multi-word phrases, signs and spellings, and what replaces them before a prompt is split into words."""

from __future__ import annotations

import re
from collections.abc import Callable

from kinesis_env.text.lexicon import NUMBERS

__all__ = ["PHRASES"]

#: Phrases for the place where a motion began.
_START = (
    r"(?:where (?:\w+ ){1,3}?(?:started|began|was|were|came from|start)|(?:the|his|her|their|its) "
    r"(?:start\w*|begin\w*|origin\w*|initial|first)(?: (?:position|point|place|spot|location))?)"
)

#: The beginning of an amount.
_AMOUNT = (
    r"(?:an? )?(?:\d|half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|ninety|couple|"
    r"few|hundred)"
)
#: A verb of travel, continued facing ahead.
_GAIT = r"(walk|jog|run|sprint|stroll|march)"
_FACING = r"(?:facing|looking) +(?:straight +)?(?:forwards?|ahead|straight)\b"
#: Words of one clause without another side.
_WITHIN = r"((?:(?!\b(?:left|right|then|and|turn\w*|rotat\w*)\b)[^,.;])*?)"


def _returning(found: re.Match[str]) -> str:
    """Return the words for going back to the start, in the named gait."""
    gait = {"run": "runn", "jog": "jogg"}.get(found[1], found[1])
    return f" returns {gait}ing {found[2] or ''} " if gait else f" returns {found[2] or ''} "


#: Multi-word phrases and signs with their replacements, in order.
PHRASES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<![\w.])[-\u2212]\s?(?=\d)", " minus "),
    (r"->|\u2192", " then "),
    (r"^\s*(?:an?|the|this|one) (?:robot|agent|humanoid|avatar|soldier|toddler|pedestrian|dummy)(?= \w)", " a person"),
    (r"^\s*(?:i want|i need|i'd like|i would like) (?:\w+ ){0,3}?to (?=\w)", " "),
    (r"\b(?:from|at|in) (?:a )?(?:standstill|rest)\b", " standing "),
    (r"\bas an? (?=(?:\w+ )?\w+\s*[.!?]?\s*$)", " like a "),
    (r"\b(?:about|around|approximately|roughly|exactly|precisely|nearly|almost|at least)(?= " + _AMOUNT + ")", " "),
    (r"\b(?:until|till|up to)(?= " + _AMOUNT + ")", " for "),
    (r"\b(?:and|then)\b((?:(?!\b(?:and|then|while)\b|[,.;]).)*?)\s*\b(?:at the same time|simultaneously|all at once)\b",
     r" while \1"),
    (r"\bprior to\b", " before "),
    (r"\busing\b", "with"),
    (r"\b(?:a?round and )+a?round\b", " all around "),
    (r"\boff(?= (?:to|towards?|in) (?:the|his|her|their|a) )", " "),
    (r"\bbut first\b", " after "),
    (r"(?<![\w.])\.(?=\d)", " 0."),
    (r"[°º]", " degrees "),
    (r"½", " 0.5 "),
    (r"¼", " 0.25 "),
    (r"¾", " 0.75 "),
    (r"(\d),(\d{3})\b", r"\1\2"),
    (r"(?<=\d),(?=\d)", "."),
    (r"\b(\d+) (\d)\s*/\s*(\d)(?!\d)",
     lambda found: f" {int(found[1]) + int(found[2]) / int(found[3]):.6g} " if int(found[3]) else found[0]),
    (r"(\d)\s*/\s*(\d)(?!\d)", lambda found: f" {int(found[1]) / int(found[2]):.6g} " if int(found[2]) else found[0]),
    (r"\bthree[\s-]quarters?\b(?: of)?", " 0.75 "),
    (r"\b(?:a|one)[\s-]third\b(?: of)?", " 0.33333 "),
    (r"\b(?:an|one)[\s-]eighth\b(?: of)?", " 0.125 "),
    (r"\b(?:one[\s-])?half[\s-](?=turn|circle|rotation|way)", " half "),
    (r"\bhalfway\b", " half "),
    (r"\brevers(?:es|ed|ing|e) (?:the |his |her |their |its )?(?:directions?|course)\b", " turns around "),
    (r"\bu[\s-]?(turns?)\b", r" u\1 "),
    (r"\bcounter[\s-]+clock[\s-]?wise", "counterclockwise"),
    (r"\banti[\s-]+clock[\s-]?wise", "anticlockwise"),
    (r"\bclock[\s-]+wise", "clockwise"),
    (r"\bsemi[\s-]+(?=circ)", "semi"),
    (r"\b(circles? of (?:\d+(?:\.\d+)?|[a-z]+) ?(?:m|met\w+|f[eo]+t|ft|yards?))\b(?! (?:in |of )?(?:radius|diameter))",
     r"\1 diameter "),
    (r"\b(?:at )?(?:an? |the |his |her |their )?(?:full|top|max(?:imum)?|highest) (?:speed|pace)\b"
     r"|\bas (?:fast|quickly) as possible\b", " very quickly "),
    (r"\bhigh(?= (?:speed|pace)\b)", " quickly "),
    (r"\b(?:low|half)(?: (?:the|his|her|their))?(?= (?:speed|pace)\b)", " slowly "),
    (r"\b(?:on|with) (?:just |only )?(?:one|a single) (?:foot|leg)\b", " onefoot "),
    (r"\b(turn\w*|rotat\w*|his|her|their|its|the|your|my) head\b", r" \1 thehead "),
    (r"\bside[\s-]+step", "sidestep"),
    (r"\bshuffl(?:e(s?)|ed|(ing))(?= (?:\w+ly )?(?:forward|ahead|back|straight|along))", r" slowly walk\1\2"),
    (r"\bstep(?:s|ping|ped)?[\s-]side(?:ways|s)\b", "sidesteps"),
    (r"\b(?:from )?side[\s-]to[\s-]side\b", " sidetoside "),
    (r"\b(zig\w*|weav\w*|slalom\w*)((?: \w+){0,2}?) (?:from )?(?:left|right) (?:and|to) (?:left|right)\b", r"\1\2"),
    (r"\bfrom left to right\b", " right "),
    (r"\bfrom right to left\b", " left "),
    (r"\b(left|right)[\s-]hand side\b", r"\1"),
    (r"\b(?:to |on )?(?:his|her|their|its|the|one)? ?(left|right) side\b", r" \1 "),
    (r"\b(?:to|on) (?:the|one|his|her|their) side\b", " sideways "),
    (r"\bside[\s-]?ways?\b", " sideways "),
    (r"\bto the (?:front)\b", " forward "),
    (r"\bto the (?:rear|back)\b|\bin reverse\b", " backward "),
    (r"\bback[\s-]*(?:and|&|n)[\s-]*forth\b|\bto and fro\b", " forth "),
    (r"\b((?:walk|run|pac|jog|march|stroll|strid|wander|go)\w*(?: \w+ly)?) up and down\b", r"\1 forth "),
    (r"\bbackwards? (?:back )?to " + _START, " backward back "),
    (r"\b(return(?:s|ed|ing)?) to " + _START, r" \1 "),
    (r"(?:\b(?:" + _GAIT + r"(?:n?ing|ging|ed|ged|s|es)?|go(?:es|ing)?|move(?:s|d)?|head(?:s|ed)?|came|come(?:s)?)"
     r"(?:\s+(\w+ly|straight))?)?\s*\bback to " + _START, _returning),
    (r"\b" + _GAIT + r"(?:n?ing|ging|ed|ged|s|es)?(?:\s+(\w+ly|straight))? to " + _START, _returning),
    (r"\b((?:walk|go|run|jog|move|stroll|march)(?:s|es|ing|ning|ging|ed)?(?: forwards?| ahead| backwards?)?)"
     r" a (?:little|bit|(?:little|tiny) bit)(?= *(?:$|[,.;]|then\b|and\b|forwards?\b|ahead\b|backwards?\b))",
     r"\1 a short distance "),
    (r"\b(?:old|young|elderly|adult|tall|male|female) (?=man|woman|person|guy|girl|boy|lady|human|figure|character|people)", ""),
    (r"\b(?:to|at|towards?|into) (?:the|his|her|their|its) (?:start|starting|beginning|original|initial)"
     r"(?: (?:position|point|place|spot|location))?\b", " "),
    (r"\bback(?:s|ed|ing)[\s-](?:up|away)\b", " retreats "),
    (r"\bback[\s-]up\b", " retreats "),
    (r"\b(?:speed|pick)(?:s|ing|ed)? up(?: (?:the|his|her|their) )?(?: ?(?:pace|speed))?\b", " quickens "),
    (r"\bsped up\b|\bspeeds? up\b|\bpick(?:s|ing|ed)? (?:the|his|her|their) (?:pace|speed) up\b", " quickens "),
    (r"\b(?:increas|rais)(?:e|es|ing|ed) (?:the |his |her |their )?(?:pace|speed)\b", " quickens "),
    (r"\b(?:decreas|reduc)(?:e|es|ing|ed) (?:the |his |her |their )?(?:pace|speed)\b", " slackens "),
    (r"\bslow(?:s|ing|ed)? down(?= to\b)", " slackens "),
    (r"\bslow(?:s|ing|ed)? down\b", " slackens "),
    (r"\bslow(?:s|ing|ed)\b", " slackens "),
    (r"\b(?:(?:slow|speed|transition)\w* (?:down |up )?|\w+s +|\w+ing +)?from (?:a |an )?(walk|jog|run|sprint)(?:ning|ging|ing)?"
     r" (?:in)?to (?:a |an )?(walk|jog|run|sprint)"
     r"(?:ning|ging|ing)?\b", r" \1s then \2s "),
    (r"\bslackens\b", " decelerates "),
    (r"\bslow[\s-]motion\b", " slowly "),
    (r"\bslow\b", " slowly "),
    (r"\b(?:power|speed)[\s-]walk", " quickly walk"),
    (r"\bbreak(?:s|ing)? (?=into)|\bbroke (?=into)", " starts "),
    (r"(?<![^\W\d])m(?:etres?|eters?)? ?(?:/|per) ?s(?:ec(?:ond)?)?\b", " mps "),
    (r"\bmet(?:re|er)s? a second\b", " mps "),
    (r"(?<![^\W\d])(?:km|kilomet(?:re|er)s?) ?(?:/|per|an) ?h(?:r|our)?\b", " kmh "),
    (r"\bmiles? (?:per|an) hour\b", " mph "),
    (r"\bdegrees?[\s-]+angles?\b", " degrees "),
    (r"(\d) ?degrees?\b", r"\1 degrees"),
    (r"\b(\d+|" + "|".join(NUMBERS) + r") (\w+) and[\s-]+a[\s-]+half\b", r" \1 plushalf \2 "),
    (r"[\s-]and[\s-]+a[\s-]+half\b", " plushalf "),
    (r"\ba half\b(?! (?:turn|circle|of))", " 0.5 "),
    (r"\bfigure[\s-]*(?:of[\s-]*)?(?:eights?|8s?)\b", " figureeight "),
    (r"\bzig[\s-]*zag", " zigzag"),
    (r"\bs[\s-](?:shapes?d?|curves?)(?: (?:path|pattern|line))?\b", " zigzag "),
    (r"\b(?:starting |beginning )?(?:with|using|on) (?:the |his |her |their |its )?(left|right) (?:foot|leg)(?: first)?\b", r" \1foot "),
    (r"\b(left|right) (?:foot|leg) first\b", r" \1foot "),
    (r"\bfoot ?steps?\b", " steps "),
    (r"\bsteps? (?:by|at a|after) (?:step|time)\b", " "),
    (r"\bone (?:foot|step) at a time\b|\bone foot in front of the other\b|\bon foot\b", " "),
    (r"\bstep(?= (?:up|down|over|onto)\b)", " climb "),
    (r"\b(?:stand|get|gets|standing|getting|stood|got)s? up\b", " standup "),
    (r"\bto (?:a|the) (?:(?:complete|full|sudden|slow|gradual|abrupt) )?(?:stop|halt|standstill|rest)\b", " stop "),
    (r"\b(?:come|comes|came|coming|slow|slows)\s+stop\b", " stops "),
    (r"\b(?:in )?the same (?:spot|place|position)\b", " place "),
    (r"\b(?:where|in) (?:he|she|it|they|his|her|their) (?:stands?|standing position|is)\b", " place "),
    (r"\bstand(?:s|ing)?[\s-]still\b", " stands "),
    (r"\bstraight (?:ahead|forwards?|on)\b", " straight forward "),
    (r"\b(?:all )?the way(?= (?:back|forward|left|right))", " "),
    (r"\ball the way\b", " all "),
    (r"\b(?:the|an) (?:other|opposite) (?:way|direction|side)\b|\bopposite (?:way|direction)\b", " opposite "),
    (r"\bto (?:the )?opposite\b", " opposite "),
    (r"\ba ?round\b", " around "),
    (r"\bafter (?:that|which|this|wards?)\b", " then "),
    (r"\bfollowed by\b|\b(?:is )?going (?=to [a-z])", " then "),
    (r"\bat the same time\b|\bat once\b|\bsimultaneously\b", " "),
    (r"\b(?:one|once|1) more time\b|\bonce more\b|\bonce again\b", " again "),
    (r"\bdo(?:es|ing)? (?:it|this|that|so|the same(?: thing)?) +(?:all )?again\b", " repeat "),
    (r"\bright (?:away|now|after|before)\b", " "),
    (r"\bfor (?:a|some) (?:while|bit|time|moment)\b", " "),
    (r"\b(wait|paus|stop|stand|rest)(s|e|es|ing)? (?:a|one) (?:moment|while|bit)\b", r"\1\2 "),
    (r"\b(?:hold|stay|remain)(?:s|ing)? (?:still|put|motionless)\b", " stand still "),
    # Actions follow each other without stopping anyway.
    (r"\bwithout (?:an?y? )?(?:stop(?:s|ping)?|paus(?:e|es|ing)|break|interruption)\b|\b(?:non[ -]?stop|continuously)\b", " "),
    (r"\bthe whole time\b|\bin total\b|\bin a row\b", " "),
    (r"\ba (?:little|tiny) ?(?:bit)?(?! \w*(?:step|circle))\b|\ba bit\b", " slightly "),
    (r"\b(?:at|in) an angle\b", " diagonally "),
    (r"\b(\w+)[\s-]moving\b", r" \1 "),
    (r"\b(left|right)\b" + _WITHIN + r",? *\b(?:while |whilst |still |always )*" + _FACING, r" \1 sideways \2"),
    (r"\b" + _FACING + ",?" + _WITHIN + r"\b(left|right)\b", r" \1 \2 sideways "),
    (r"\b" + _FACING, " "),
    (r"\bstart(?:s|ing|ed)? (?:off|out)\b", " starts "),
    (r"\b(?:jog|run|walk|sprint|march|take|head|move|dash|set|go)(s|es|ning|ging|ing)? off\b",
     lambda found: found[0].replace(" off", "").replace("set", "start").replace("take", "start")),
    (r"\b(?:over|up) (?=to\b|there\b)", " "),
    (r"\b(?:down|up) (?=(?:the|a) (?:hallway|corridor|street|road|path|line|sidewalk|room))", " along "),
    (r"\bsides of\b", " "),
    (r"\bon (?:the|a) spot\b", " place "),
    (r"\bpaces? +(?=forth|around)", " pacing "),
    (r"\b(\d+|couple of|more|long|short|big|large|huge|giant|small|tiny|quick|slow|slowly|" + "|".join(NUMBERS) + r") (?:strides?|paces?)\b", r"\1 steps "),
    (r"\bpaces\b", " pacing "),
    (r"\bpace\b", " "),
    (r"-", " "),
)  # fmt: skip
