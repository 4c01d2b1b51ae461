"""The tables of the grammar: verbs, ways, manners, numbers, units, shapes, joints, fillers, and what cannot be done."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = [
    "CANNOT",
    "FILLERS",
    "IRREGULAR",
    "JOINTS",
    "MANNERS",
    "NO_TYPOS",
    "NUMBERS",
    "PHRASES",
    "SHAPES",
    "UNITS",
    "VERBS",
    "WAYS",
]

VERBS = {
    "walk": "walk wander hike stride".split(),
    "stroll": "stroll saunter amble trudge plod meander".split(),
    "run": "run".split(),
    "dash": "dash rush race bolt".split(),
    "jog": "jog trot lope".split(),
    "sprint": "sprint".split(),
    "march": "march".split(),
    "go": "go move proceed advance head travel approach".split(),
    "keep": "continue keep resume".split(),
    "stand": "stand wait stay remain pause rest idle".split(),
    "stop": "stop halt freeze".split(),
    "turn": "turn pivot swivel".split(),
    "spin": "spin rotate twirl".split(),
    "veer": "veer curve swerve arc drift".split(),
    "step": "step".split(),
    "sidestep": "sidestep shuffle strafe sidle".split(),
    "retreat": "retreat backpedal backtrack reverse".split(),
    "circle": "circle loop orbit lap".split(),
    "zigzag": "zigzag weave slalom".split(),
    "take": "take make perform do complete execute".split(),
    "start": "start begin".split(),
    "face": "face".split(),
    "return": "return".split(),
    "come": "come".split(),
    "quicken": "accelerate quicken".split(),
    "slacken": ["decelerate"],
    "pacing": [],
}
IRREGULAR = {
    "ran": "run", "went": "go", "gone": "go", "came": "come", "stood": "stand", "beginning": "start", "took": "take", "taken": "take",
    "made": "take", "did": "take", "does": "take", "done": "take", "strode": "walk", "began": "start", "begun": "start",
    "kept": "keep", "spun": "spin", "froze": "stop", "frozen": "stop", "goes": "go", "paced": "pacing",
    "pacing": "pacing",
}  # fmt: skip
WAYS = {
    "forward": "forward forwards fowards foward ahead onward onwards frontward frontwards".split(),
    "backward": "backward backwards rearward rearwards".split(),
    "back": ["back"],
    "left": "left leftward leftwards".split(),
    "right": "right rightward rightwards".split(),
    "around": "around round about".split(),
    "sideways": "sideways sideway sidewards laterally lateral".split(),
    "diagonal": "diagonal diagonally".split(),
    "clockwise": "clockwise".split(),
    "anticlockwise": "anticlockwise counterclockwise".split(),
    "forth": ["forth"],
    "swaying": ["sidetoside"],
    "opposite": ["opposite"],
}
MANNERS = {
    "slow": "slow slowly leisurely gently gentle carefully careful cautiously cautious lazily tiredly wearily calmly calm "
    "sluggishly unhurriedly".split(),
    "fast": "quickly quick fast rapidly rapid swiftly swift hurriedly hastily speedily briskly brisk energetically".split(),
    "faster": "faster quicker".split(),
    "slower": "slower".split(),
    "normal": "normally normal casually casual steadily steady naturally natural comfortably comfortable moderate "
    "moderately regular regularly average medium usual evenly simply straightforwardly constant".split(),
    "very": "very really extremely super incredibly".split(),
    "rather": "quite fairly rather somewhat pretty so".split(),
    "slightly": "slightly slight".split(),
    "gradual": "gradually gradual smoothly smooth".split(),
    "sharp": "sharply sharp abruptly abrupt suddenly sudden immediately".split(),
    "brief": "briefly brief".split(),
}
SHAPES = {
    "place": "place spot".split(),
    "straight": "straight line directly strait".split(),
    "short": "short".split(),
    "long": "long".split(),
    "wide": "wide large big huge".split(),
    "tight": "tight small tiny".split(),
    "still": "still motionless stationary immobile".split(),
    "all": "all completely fully entire whole complete entirely".split(),
    "uturn": ["uturn", "uturns"],
    "semicircle": "semicircle semicircles halfcircle semicircular".split(),
    "circular": "circular".split(),
    "curved": "curved curving".split(),
    "eight": ["figureeight"],
    "square": "square squares".split(),
    "rectangle": "rectangle rectangles".split(),
    "triangle": "triangle triangles".split(),
    "radius": ["radius"],
    "diameter": "diameter".split(),
    "leftfoot": ["leftfoot"],
    "rightfoot": ["rightfoot"],
}
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "couple": 2, "pair": 2, "three": 3, "few": 3, "some": 3,
    "several": 4, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "dozen": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "half": 0.5, "quarter": 0.25, "once": 1, "twice": 2,
    "thrice": 3, "full": 1, "another": 1, "plushalf": 0.5,
}  # fmt: skip
_DEGREE = 0.017453292519943295
UNITS = (
    ("length", 1.0, "metre metres meter meters m".split()),
    ("length", 0.01, "centimetre centimetres centimeter centimeters cm".split()),
    ("length", 0.3048, "foot feet ft".split()),
    ("length", 0.0254, "inch inches".split()),
    ("length", 0.9144, "yard yards".split()),
    ("time", 1.0, "second seconds sec secs s".split()),
    ("time", 60.0, "minute minutes min mins".split()),
    ("angle", _DEGREE, "degree degrees deg degs".split()),
    ("angle", 1.0, "radian radians rad".split()),
    ("times", 1.0, "time times".split()),
    ("turns", 1.0, "rotation rotations revolution revolutions".split()),
    ("speed", 1.0, ["mps"]),
    ("speed", 1 / 3.6, ["kmh", "kph"]),
    ("speed", 0.44704, ["mph"]),
)
JOINTS = {
    "then": "then thne tehn next afterwards afterward later finally eventually subsequently lastly until".split(),
    "before": ["before"],
    "and": ["and", "adn", "nad", "&", "plus"],
    "comma": [",", ";", ".", "but", "\n"],
    "while": "while whilst as when".split(),
    "after": ["after"],
}
#: Words that say who or where, and nothing about how the body moves.
FILLERS = frozenset(
    "the teh hte person person's people man men man's woman women woman's someone somebody figure human individual guy girl boy "
    "lady child kid subject character body actor individual's he she they it his her hers their its him himself herself "
    "themselves itself is are was were be being been to in on of at with for by from into onto through across along this "
    "that these there here i you we me my your our who which please will would should can could must shall let lets let's "
    "pace speed rate motion movement direction directions way manner distance path course position again just first also "
    "too only ground floor room area hallway corridor street road sidewalk field toward towards per own both appears "
    "appear seems seem he's she's it's they're i'm you're more away own starting same ones one's whilst's fashion motionally "
    "shape pattern stop's walker's turned's heading's bit amount or's motions movements further other".split()
)
#: What this body cannot do or does not show, by what it is called; for messages, and never taken for a typo.
CANNOT = {
    "jump": "jump hop leap skip bounce gallop vault bound".split(),
    "sit": "sit kneel squat crouch duck lie lay".split(),
    "fall": "fall trip stumble collapse slip".split(),
    "crawl": "crawl creep roll slither".split(),
    "climb": "climb ascend descend".split(),
    "stand up": ["standup"],
    "stairs": ["stair", "upstair", "downstair", "staircase", "ladder", "ramp", "slope", "hill", "uphill", "downhill"],
    "move the arms": "wave punch throw catch clap grab hold carry push pull lift pick reach raise swing swat point arm hand "
    "elbow shoulder swung thrown held".split(),
    "kick": "kick stomp stamp lunge".split(),
    "dance": "dance waltz moonwalk".split(),
    "limp": "limp stagger wobble hobble".split(),
    "tiptoe": "tiptoe tiptoes strut sneak".split(),
    "bend": "bend bent lean bow stoop stretch tilt".split(),
    "look": "look gaze glance nod".split(),
    "swim": "swim fly skate ski".split(),
    "not": "not no never don't doesn't didn't without isn't can't cannot neither nor".split(),
    "up or down": "up down over under upward upwards downward downwards".split(),
}
#: What is written as several words or in signs, and what it is read as, in order.
PHRASES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<![\w.])[-−]\s?(?=\d)", " minus "),
    (r"[°º]", " degrees "),
    (r"½", " 0.5 "),
    (r"¼", " 0.25 "),
    (r"¾", " 0.75 "),
    (r"(\d),(\d{3})\b", r"\1\2"),
    (r"(\d)\s*/\s*(\d)(?!\d)", lambda found: f" {int(found[1]) / max(int(found[2]), 1):.6g} "),
    (r"\bthree[\s-]quarters?\b(?: of)?", " 0.75 "),
    (r"\b(?:one[\s-])?half[\s-](?=turn|circle|rotation|way)", " half "),
    (r"\bhalfway\b", " half "),
    (r"\bu[\s-]?(turns?)\b", r" u\1 "),
    (r"\bcounter[\s-]+clock[\s-]?wise", "counterclockwise"),
    (r"\banti[\s-]+clock[\s-]?wise", "anticlockwise"),
    (r"\bclock[\s-]+wise", "clockwise"),
    (r"\bside[\s-]+step", "sidestep"),
    (r"\bstep(?:s|ping|ped)?[\s-]side(?:ways|s)\b", "sidesteps"),
    (r"\b(?:from )?side[\s-]to[\s-]side\b", " sidetoside "),
    (r"\bfrom left to right\b", " right "),
    (r"\bfrom right to left\b", " left "),
    (r"\b(left|right)[\s-]hand side\b", r"\1"),
    (r"\b(?:to |on )?(?:his|her|their|its|the|one)? ?(left|right) side\b", r" \1 "),
    (r"\b(?:to|on) (?:the|one|his|her|their) side\b", " sideways "),
    (r"\bside[\s-]?ways?\b", " sideways "),
    (r"\bto the (?:front)\b", " forward "),
    (r"\bto the (?:rear|back)\b|\bin reverse\b", " backward "),
    (r"\bback[\s-]*(?:and|&|n)[\s-]*forth\b|\bto and fro\b|\bup and down\b", " forth "),
    (r"\b(?:go(?:es|ing)?|walk(?:s|ing|ed)?|jog(?:s|ging)?|run(?:s|ning)?|move(?:s|d)?|came|come(?:s)?)?\s*back to (?:where (?:\w+ )"
     r"{1,3}(?:started|began|was|were|came from|start)|(?:the|his|her|their|its) (?:start\w*|begin\w*|origin\w*|initial|first)"
     r"(?: (?:position|point|place|spot|location))?)", " return "),
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
    (r"\b(?:\w+s |\w+ing )?from (?:a |an )?(walk|jog|run|sprint)(?:ning|ging|ing)? (?:in)?to (?:a |an )?(walk|jog|run|sprint)"
     r"(?:ning|ging|ing)?\b", r" \1s then \2s "),
    (r"\bslackens\b", " decelerates "),
    (r"\bslow[\s-]motion\b", " slowly "),
    (r"\bslow\b", " slowly "),
    (r"\b(?:power|speed)[\s-]walk", " quickly walk"),
    (r"\bbreak(?:s|ing)? (?=into)|\bbroke (?=into)", " starts "),
    (r"\bm(?:etres?|eters?)? ?(?:/|per) ?s(?:ec(?:ond)?)?\b", " mps "),
    (r"\bmeters? a second\b", " mps "),
    (r"\b(?:km|kilomet(?:re|er)s?) ?(?:/|per|an) ?h(?:r|our)?\b", " kmh "),
    (r"\bmiles? (?:per|an) hour\b", " mph "),
    (r"(\d) ?degrees?\b", r"\1 degrees"),
    (r"\band a half\b", " plushalf "),
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
    (r"\bat the same time\b|\bat once\b", " "),
    (r"\b(?:one|once|\d+) more time\b|\bonce more\b|\bonce again\b", " again "),
    (r"\bright (?:away|now|after|before)\b", " "),
    (r"\bfor (?:a|some) (?:while|bit|time|moment)\b", " "),
    (r"\bthe whole time\b|\bin total\b|\bin a row\b", " "),
    (r"\ba (?:little|tiny) ?(?:bit)?(?! \w*(?:step|circle))\b|\ba bit\b", " slightly "),
    (r"\b(?:at|in) an angle\b", " diagonally "),
    (r"\b(\w+)[\s-]moving\b", r" \1 "),
    (r"\b(?:facing|looking) (?:forwards?|ahead|straight)\b", " "),
    (r"\bstart(?:s|ing|ed)? (?:off|out)\b", " starts "),
    (r"\b(?:jog|run|walk|sprint|march|take|head|move|dash|set|go)(s|es|ning|ging|ing)? off\b",
     lambda found: found[0].replace(" off", "").replace("set", "start").replace("take", "start")),
    (r"\b(?:over|up) (?=to\b|there\b)", " "),
    (r"\b(?:down|up) (?=(?:the|a) (?:hallway|corridor|street|road|path|line|sidewalk|room))", " along "),
    (r"\bsides of\b", " "),
    (r"\bon (?:the|a) spot\b", " place "),
    (r"\bpaces? +(?=forth|around)", " pacing "),
    (r"\b(a|one|two|three|four|five|six|seven|eight|nine|ten|few|several|couple of|\d+|more|long|short|big|small) "
     r"(?:strides?|paces?)\b", r"\1 steps "),
    (r"\bpaces\b", " pacing "),
    (r"\bpace\b", " "),
    (r"-", " "),
)  # fmt: skip
#: Common words of their own that are one slip away from a known word, and must not be taken for it.
NO_TYPOS = frozenset(
    """
    able acceleration accelerator alps alter arched averaged averages await awaited awaiting awaits backs backyard
    bean black boating bots briefs camel cameo carving casualty causal circulate clam comedy comet comets compelled
    compelling compete competed competes competing completion complexes complying computing constance constantly
    constraint consultant contained containing contended contestant continuity continuous continuum convinced
    convincing coupe coupled couples cure cured cures curing curiously curling cursing degenerate ding directory
    dong doping dose doses dozens drafted drafting drone eighteenth eighth entirety ever every execution executions
    executive executives expecting facet facets fairy farce fats feast fifteenth fleet flour footy forwarded fours
    fourteenth fourth freeing freezer gong hated hating hats healing heard hearing heating hundreds immediate
    incredible lamps lapse larger late latter lefty lien linen liner literal literally lopez mach mains maker makers
    marc marked marking marshes masked masking matched matches matching meade mediums mere meteor minds mines minus
    moderated moderates moderator mover movers movie movies nineteenth norma opposites ounce packed pairs palace
    passing performer performers petty places placing plugs pods preceding proceedings processed processing
    quarterly quarters quartet quiet quit racer racers racking radiant raid rally rapids recreated recurring
    referring regained regretted regulars regulator rehearsing reiterated relations releasing remainder reminding
    renting repairing repeating reset resisting resolution resolutions resorting restoring retained retaining
    retains revealing revelation revelations revered reverted rights rotational rotting ruined ruining ruins russ
    sand sands saunders saying says scrolling scrolls sects seen serve served serves serving sevens seventeenth
    seventh seventies shining shivering shopping shorts shorty shot shrinking sibling side sided sides siding sight
    singled singles sins sixteenth skinned slaying sort spain spanning specs spine spines spinner sport spots
    springs sprinkled sprinter stacy staging stan starlight starter startled starved stated stationery stats stead
    steep steven stills storing straighten straightforward strand stranded strands stray streaming strikes striking
    striped stripes strives striving stuart subsequent superb supper sven taker takers talked talking tarot tasked
    thine thirsty thirteenth ties tights timed timer timers traveler travelers traveller tree trout tuned tuning
    turin turing waist wanderers wanting wasting wearing weaver widen wider wilde wits wondered wondering wonders
    writing
    """.split()  # noqa: SIM905
)
