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
    At every reset a prompt such as "walk forward, then turn left" becomes a reference motion, made by a text-to-motion
    generator, and an episode follows it as `Kinesis-Imitate-v0` follows a clip. The words are observed as a vector; with
    `observe_reference=False` they are all the policy knows of what to do, while the motion still gives the reward. At the
    end `info` says whether the motion was followed, and whether the body did what the words say.

    The built-in generator needs no model: it understands what people type about locomotion (`docs/prompts.md` has a
    hundred examples) and makes the motion with the gait planner. `generator` takes the results of others, see Arguments.

    ## Action Space
    `Box(-1, 1, (80,), float32)`, one number per muscle in the order of `env.unwrapped.task.simulation.names.muscles`:
    the 40 muscles of the right leg (`addbrev_r` ... `vasmed_r`), then those of the left. Values outside are clipped.

    | action_mode | What a number means | -1 | 1 |
    |---|---|---|---|
    | `"length"` (default) | target length of the muscle-tendon unit; a servo finds the excitation at each physics step | 0 | the muscle's greatest length |
    | `"excitation"` | excitation of the muscle | 0 | 1 |
    | `"residual"` | target length as above, moved away from the target of a servo to the reference's next pose | shorter by half of the greatest length | longer by as much |

    The servo: with target l*, length l [m], its rate v [m/s] and peak isometric force F0 [N], the wanted force is
    `F = clip(5 F0 (l* - l) - 0.5 F0 v, -F0, 0)` and the excitation `clip((F - F_passive) / min(-1, gain), 0, 1)`, with
    MuJoCo's muscle gain and bias.

    ## Observation Space
    `Box(-inf, inf, (171 + 63 lookahead + 80 muscle quantities + 128,), float32)`: 362 numbers by default, 299 with
    `observe_reference=False`. Vectors are in the heading frame (x forward, y left, z up; it turns with the pelvis about
    the vertical only). `env.unwrapped.task.layout` gives the slice of each term.

    | Term | Numbers | What | Unit |
    |---|---|---|---|
    {body_terms}
    | `tracking` | 63 per frame ahead | unless `observe_reference=False`; for each frame: difference in position (7 x 3), in velocity (7 x 3), and position of the reference relative to the pelvis (7 x 3) | m, m/s, m |
    | `prompt` | 128 | embedding of the prompt, of length 1; 384 with `embedding="minilm"`, left out with `"none"` | - |

    The bodies are pelvis, femur, tibia, talus, calcn and toes, right leg first. Prompts that mean the same have embeddings
    that are near each other, and those that contradict each other have not, see `kinesis_env.text.similarity`.

    ## Rewards
    The sum of four terms; means are over the 7 tracked bodies and x, y, z, the reference is that of the time after the step:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_position` | 0.6 | `exp(-200 mean (x - x_ref)^2)`, positions [m] |
    | `reward_velocity` | 0.2 | `exp(-5 mean (v - v_ref)^2)`, linear velocities [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, u the 80 excitations |

    `info` has each term, weighted; they add up to the reward.

    ## Starting State
    A random prompt of `prompts`, in one of its `variants`, at the start of its motion: positions and velocities of all
    joints are the reference's, all activations zero. `start_time="random"` starts anywhere in the motion (reference state
    initialization). `reset(options={"prompt": words, "variant": n, "start_time": seconds, "heading": radians})` chooses; in
    the vector environment each is a value, or a list of one for each row. A prompt that is not understood, or asks for
    what this body cannot do, is a `PromptError` that says which words and what can be asked for.

    ## Episode End
    Terminated when any tracked body is more than 0.15 m from its reference (`info["termination_reason"]` is
    `"tracking_lost"`), or when the simulation diverges (`"diverged"`; the state is then put back to standing, and that
    step's reward is 0). Truncated at the end of the motion. No time limit unless `max_episode_steps` is given.
    `termination_distance=float("inf")` lets a purely language-conditioned policy go its own way.

    `info` has the same keys after `reset` and `step`: those of `Kinesis-Imitate-v0` (`clip` is the motion's name), and

    | Key | What |
    |---|---|
    | `prompt` | the words |
    | `understood` | what the built-in grammar understands of them, `""` where it does not |
    | `semantic_success` | at the episode's last step: whether the body did what the words say |

    Semantic success compares what the pelvis and the ankles did in the simulation with what was understood, not with the
    reference motion. All of these must hold, in the frame of the heading at the start:

    | What | Wanted, where the prompt names it | Where it leaves it open |
    |---|---|---|
    | change of heading in all, and the most to the left and to the right on the way | within 25 degrees + 5 % of all turning | within 45 degrees + 5 % |
    | distance from the start at the end, and the farthest on the way | within 0.3 m + 15 % of the path | 0.4 to 2.5 times the usual |
    | the same, if the body ends or stays near the start | at most 0.3 m + 15 % of the path off | the same |
    | direction of the displacement, if there is one | within 25 degrees | within 40 degrees, after several legs |
    | speed of the fastest second | within 20 % | in the range of the fastest gait asked for: walking 0.7 to 1.5 m/s, slowly 0.15 to 0.95, fast 1.25 to 2.15; jogging 1.8 to 2.9, running 2.0 to 3.5; backward 0.35 to 1.0; sideways 0.2 to 0.75; on the spot up to 0.4 |
    | how often a foot was lifted | 0.6 to 1.6 times as often (and 2) | 0.25 to 3 times as often (and 2) |

    and the episode must have lasted 80 % of what the prompt takes. An episode that begins within the motion is judged by
    what is left of it. A prompt that the grammar does not understand (of a generator of others) never succeeds in this
    sense.

    ## Arguments
    {arguments}

    A vector environment makes the motions of its prompts when it is made, as far as they are kept; a single one makes each
    when it is first drawn.

    ```python
    env = gymnasium.make("Kinesis-Text-v0", prompts=["walk forward", "turn around"])
    observation, info = env.reset(options={"prompt": "walk in a circle to the left"})
    ```
    """

    def __init__(self, **keywords: Unpack[TextArguments]) -> None:
        super().__init__(**keywords)


class TextVectorEnv(KinesisVectorEnv[TextTask], AnyVectorEnv, definition=TEXT):
    """Many bodies do what prompts say; see :class:`TextEnv`; the other arguments are in :class:`KinesisVectorEnv`."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[TextVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)
