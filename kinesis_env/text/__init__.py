"""From words to motions: the built-in grammar, and third-party generators.

motion = BuiltinTextToMotion().generate("walk forward, then turn around", seed=1)
generator = text_to_motion("folder:results")       # or "builtin", "module:function", the name of a plug-in
vector = embed("walk to the left")                 # (128,)
"""

from kinesis_env.text.action import Action, summary
from kinesis_env.text.builtin import BuiltinTextToMotion
from kinesis_env.text.embeddings import embed, embedding, similarity
from kinesis_env.text.generators import (
    CallableTextToMotion,
    FolderTextToMotion,
    TextToMotion,
    text_to_motion,
)
from kinesis_env.text.meaning import understand
from kinesis_env.text.semantics import Behavior, Goal, behavior_of, goal_of

__all__ = [
    "Action",
    "Behavior",
    "BuiltinTextToMotion",
    "CallableTextToMotion",
    "FolderTextToMotion",
    "Goal",
    "TextToMotion",
    "behavior_of",
    "embed",
    "embedding",
    "goal_of",
    "similarity",
    "summary",
    "text_to_motion",
    "understand",
]
