"""From a recording to muscles: joint moments, activity, gait figures, and tables for OpenSim."""

import tempfile
from pathlib import Path

from kinesis_env.analysis import KINESIS_EMG_LONG_HEAD, Emg, analyze, moment_shares, synergies
from kinesis_env.motions import export_motion, load_motions, trim

with tempfile.TemporaryDirectory() as folder:
    # A recording of your own is OpenSim's inverse kinematics, BVH, markers, SMPL, ...; here, a shipped walk as one.
    recording = Path(folder) / "trial_ik.mot"
    export_motion(trim(load_motions("walk")[0], 2.0, 7.0), recording)

    # loads="trial_grf.mot" if there are force plates; without, the ground forces are estimated.
    analysis = analyze(recording, belt=0.0)
    print(analysis.table())

    # How few patterns make the activity of a leg, and what they still move.
    activity = analysis.activity
    for n in (2, 4, 6):
        print(f"{n} synergies account for {synergies(activity.activation[:, :40], n).vaf:.3f} of the activity")
    print(moment_shares(activity, analysis.motion, side="r", dimensions=(2, 4, 6)).table())

    # Against EMG on the same clock: read_emg("trial_emg.sto"). Here, of the muscles themselves, so that r is 1.
    soleus = activity.activation[:, [activity.muscles.index("soleus_r")]]
    compared = analyze(recording, emg=Emg(activity.times, ("soleus_r",), soleus, "r"), belt=0.0).emg
    assert compared is not None
    assert compared.mean_r > 0.99
    print(compared.table())
    print("the published alignment:", KINESIS_EMG_LONG_HEAD.alignment)

    # What OpenSim reads, with figures as JSON: the command line does all of it, with a page of plots:
    #   kinesis-env analyze trial_ik.mot --loads trial_grf.mot --emg trial_emg.sto --out trial/
    for file in analysis.save(Path(folder) / "trial", plot=False):
        print(file.name)
