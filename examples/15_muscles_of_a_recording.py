"""From a recording to muscles: joint moments, activity, gait figures, and tables for OpenSim."""

import tempfile
from pathlib import Path

from kinesis_env.analysis import KINESIS_EMG_LONG_HEAD, Emg, analyze, moment_shares, synergies
from kinesis_env.motions import export_motion, load_motions, trim

with tempfile.TemporaryDirectory() as folder:
    # Use your own recording: OpenSim inverse kinematics, BVH, markers, SMPL, ... Here, it is a shipped walk.
    recording = Path(folder) / "trial_ik.mot"
    export_motion(trim(load_motions("walk")[0], 2.0, 7.0), recording)

    # With force plates, pass loads="trial_grf.mot"; without, the ground forces are estimated.
    analysis = analyze(recording, belt=0.0)
    print(analysis.table())

    # How many patterns the activity of a leg needs, and the joint moments that they preserve.
    activity = analysis.activity
    for n in (2, 4, 6):
        print(f"{n} synergies account for {synergies(activity.activation[:, :40], n).vaf:.3f} of the activity")
    print(moment_shares(activity, analysis.motion, side="r", dimensions=(2, 4, 6)).table())

    # Compare with EMG on the same clock: read_emg("trial_emg.sto"). Here, it is the activity itself, so that r is 1.
    soleus = activity.activation[:, [activity.muscles.index("soleus_r")]]
    compared = analyze(recording, emg=Emg(activity.times, ("soleus_r",), soleus, "r"), belt=0.0).emg
    assert compared is not None
    assert compared.mean_r > 0.99
    print(compared.table())
    print("the published alignment:", KINESIS_EMG_LONG_HEAD.alignment)

    # Tables for OpenSim, and figures as JSON. On the command line, with a page of plots:
    #   kinesis-env analyze trial_ik.mot --loads trial_grf.mot --emg trial_emg.sto --out trial/
    for file in analysis.save(Path(folder) / "trial", plot=False):
        print(file.name)
