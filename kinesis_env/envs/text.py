"""``Kinesis-Text-v0``: do what a prompt says with 80 muscles."""

from __future__ import annotations

from typing import Unpack

from kinesis_env.config.text import TextConfig
from kinesis_env.envs.arguments import TextArguments, TextVectorArguments
from kinesis_env.envs.definition import Definition
from kinesis_env.envs.single import MotionEnv
from kinesis_env.envs.vector import AnyVectorEnv, KinesisVectorEnv
from kinesis_env.tasks.text import TextTask

__all__ = ["TextEnv", "TextVectorEnv"]

TEXT = Definition("Kinesis-Text-v0", TextConfig, TextTask)


class TextEnv(MotionEnv[TextTask], definition=TEXT):
    r"""A muscle-driven lower body does what a prompt says.

    ## Description
    At every reset, a text-to-motion generator turns a prompt such as "walk forward, then turn left" into a reference
    motion. The episode follows it as `Kinesis-Imitate-v0` follows a clip. The observation contains the prompt as a vector.
    With `observe_reference=False`, the policy knows the task from the words alone, and the motion still defines the
    reward. At the end of an episode, `info` says whether the body followed the motion, and whether it did what the prompt
    says.

    The built-in generator needs no model. It understands common descriptions of locomotion (`docs/prompts.md` has a
    hundred examples) and makes the motion with the gait planner. `generator` accepts other text-to-motion models and their
    results; see Arguments.

    ## Action Space
    `Box(-1, 1, (80,), float32)`: one action per muscle, in the order of `env.unwrapped.task.simulation.names.muscles`:
    the 40 muscles of the right leg (`addbrev_r` ... `vasmed_r`), then the 40 of the left. Values outside [-1, 1] are clipped.

    | `action_mode` | Meaning of an action | -1 | 1 |
    |---|---|---|---|
    | `"length"` (default) | target length of the muscle-tendon unit; a servo computes the excitation at each physics step | 0 | the muscle's maximum length |
    | `"excitation"` | excitation of the muscle | 0 | 1 |
    | `"residual"` | offset from the target length of a servo to the reference's next pose | shorter by half of the maximum length | longer by half of it |

    The servo: with target length l* [m], length l [m], lengthening velocity v [m/s] and peak isometric force F0 [N], the
    desired force is `F = clip(5 F0 (l* - l) - 0.5 F0 v, -F0, 0)`, and the excitation is
    `clip((F - F_passive) / min(-1, gain), 0, 1)`, with MuJoCo's muscle gain and bias.

    ## Observation Space
    `Box(-inf, inf, (171 + 63 lookahead + 80 muscle quantities + 128,), float32)`: 362 numbers by default, 299 with
    `observe_reference=False`. Vectors are in the heading frame (x forward, y left, z up; it turns with the pelvis about
    the vertical only). `env.unwrapped.task.layout` gives the slice of each term.

    | Term | Size | Content | Unit |
    |---|---|---|---|
    {body_terms}
    | `tracking` | 63 per frame ahead | absent with `observe_reference=False`; for each frame: position difference (7 x 3), velocity difference (7 x 3), and reference position relative to the pelvis (7 x 3) | m, m/s, m |
    | `prompt` | 128 | embedding of the prompt, a unit vector; size 384 with `embedding="minilm"`; absent with `"none"` | - |

    The bodies are the pelvis and, right leg first, femur, tibia, talus, calcn and toes. Prompts with the same meaning have
    similar embeddings, and prompts that contradict each other do not; see `kinesis_env.text.similarity`.

    ## Rewards
    The reward is the sum of four terms. Means are over the 7 tracked bodies and x, y, z; the reference is taken at the time
    after the step:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_position` | 0.6 | `exp(-200 mean (x - x_ref)^2)`, positions [m] |
    | `reward_velocity` | 0.2 | `exp(-5 mean (v - v_ref)^2)`, linear velocities [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, where u is the 80 excitations |

    `info` contains each weighted term; they sum to the reward.

    ## Starting State
    An episode draws a random prompt from `prompts` and one of its `variants`, and starts at the beginning of the motion:
    all joint positions and velocities are those of the reference, and all activations are zero. `start_time="random"`
    starts anywhere in the motion (reference state initialization). To choose the start, call
    `reset(options={"prompt": words, "variant": n, "start_time": seconds, "heading": radians})`; in a vector environment,
    each option is one value, or a list with one value per row. A prompt that is not understood, or that describes something
    this body cannot do, raises a `PromptError` that names the words and lists what is possible.

    ## Episode End
    An episode terminates when any tracked body is more than 0.15 m from its reference (`info["termination_reason"]` is
    `"tracking_lost"`), or when the simulation diverges (`"diverged"`; the state then returns to standing, and the reward of
    that step is 0). It is truncated at the end of the motion. There is no time limit unless you set `max_episode_steps`.
    With `termination_distance=float("inf")`, a purely language-conditioned policy may leave the reference.

    `info` has the same keys after `reset` and `step`: those of `Kinesis-Imitate-v0` (`clip` is the motion's name), and

    | Key | Value |
    |---|---|
    | `prompt` | the prompt |
    | `understood` | the built-in grammar's reading of the prompt; `""` if it does not understand it |
    | `semantic_success` | at the last step of an episode: whether the body did what the prompt says |

    Semantic success compares the simulated motion of the pelvis and the ankles with the grammar's reading of the prompt,
    not with the reference motion. All of these must hold, in the heading frame of the start:

    | Quantity | Tolerance if the prompt specifies it | Tolerance if it does not |
    |---|---|---|
    | total change of heading, and the largest to the left and to the right on the way | within 25 degrees + 5 % of all turning | within 45 degrees + 5 % |
    | distance from the start at the end, and the largest on the way | within 0.3 m + 15 % of the path | 0.4 to 2.5 times the usual distance |
    | the same, if the body should end or stay near the start | at most 0.3 m + 15 % of the path off | the same |
    | direction of the displacement, if there is one | within 25 degrees | within 40 degrees, after several legs |
    | speed of the fastest second | within 20 % | in the range of the fastest gait in the prompt: walking 0.7 to 1.5 m/s, slowly 0.15 to 0.95, fast 1.25 to 2.15; jogging 1.8 to 2.9, running 2.0 to 3.5; backward 0.35 to 1.0; sideways 0.2 to 0.75; on the spot up to 0.4 |
    | number of times a foot was lifted | 0.6 to 1.6 times the expected number (and 2) | 0.25 to 3 times the expected number (and 2) |

    The episode must also have lasted 80 % of the duration of the prompt. An episode that starts within the motion is judged
    by the rest of the motion. A prompt that the grammar does not understand (one for another generator) never has semantic
    success.

    ## Arguments
    {arguments}

    A vector environment generates the motions of its prompts when it is created, up to `capacity`. A single environment
    generates each motion when it is first drawn.

    ```python
    env = gymnasium.make("Kinesis-Text-v0", prompts=["walk forward", "turn around"])
    observation, info = env.reset(options={"prompt": "walk in a circle to the left"})
    ```
    """

    def __init__(self, **keywords: Unpack[TextArguments]) -> None:
        super().__init__(**keywords)


class TextVectorEnv(KinesisVectorEnv[TextTask], AnyVectorEnv, definition=TEXT):
    """Many bodies do what prompts say. See :class:`TextEnv`, and :class:`KinesisVectorEnv` for the other arguments."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[TextVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)
