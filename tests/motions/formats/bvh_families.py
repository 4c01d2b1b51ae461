"""Skeletons of many producers: their joint names, arms and helpers included, and which joint is which landmark.

A family is a line for the root, the spine up to the neck, one leg and one arm; ``{S}`` stands for Left or Right, ``{s}``
for left or right, ``{L}`` for L or R, ``{l}`` for l or r. Landmarks are marked: ``hip=NAME``. What stands in brackets
hangs beside the joint before it.
"""

import numpy as np

from kinesis_env.motions.formats.skeleton import JointTree

FAMILIES = {
    "CMU, cgspeed": "Hips | LowerBack0 spine=Spine Spine1 neck=Neck Neck1 Head | {L}HipJoint0 hip={S}UpLeg knee={S}Leg "
    "ankle={S}Foot toe={S}ToeBase | {S}Shoulder {S}Arm {S}ForeArm {S}Hand",
    "CMU, 3ds Max": "Hips | LowerBack0 spine=Chest Chest2 lowerneck neck=Neck Head | {L}HipJoint0 hip={S}Hip knee={S}Knee "
    "ankle={S}Ankle toe={S}Toe | {S}Collar {S}Shoulder {S}Elbow {S}Wrist",
    "CMU, asf": "root | spine=lowerback upperback thorax neck=lowerneck upperneck head | {l}hipjoint hip={l}femur "
    "knee={l}tibia ankle={l}foot toe={l}toes | {l}clavicle {l}humerus {l}radius {l}wrist",
    "Mixamo": "mixamorig:Hips | spine=mixamorig:Spine mixamorig:Spine1 neck=mixamorig:Neck mixamorig:Head | "
    "hip=mixamorig:{S}UpLeg knee=mixamorig:{S}Leg ankle=mixamorig:{S}Foot toe=mixamorig:{S}ToeBase mixamorig:{S}Toe_End | "
    "mixamorig:{S}Shoulder mixamorig:{S}Arm mixamorig:{S}ForeArm mixamorig:{S}Hand mixamorig:{S}HandIndex1",
    "HumanIK": "Character1_Hips | spine=Character1_Spine Character1_Spine1 neck=Character1_Neck Character1_Head | "
    "hip=Character1_{S}UpLeg knee=Character1_{S}Leg ankle=Character1_{S}Foot toe=Character1_{S}ToeBase | "
    "Character1_{S}Shoulder Character1_{S}Arm Character1_{S}ForeArm Character1_{S}Hand",
    "HumanIK Ctrl": "Character_Ctrl:Hips | spine=Character_Ctrl:Spine neck=Character_Ctrl:Neck Character_Ctrl:Head | "
    "hip=Character_Ctrl:{S}UpLeg knee=Character_Ctrl:{S}Leg ankle=Character_Ctrl:{S}Foot toe=Character_Ctrl:{S}ToeBase | "
    "Character_Ctrl:{S}Arm Character_Ctrl:{S}ForeArm Character_Ctrl:{S}Hand",
    "HumanIK Ctrl_": "Ctrl_Hips | spine=Ctrl_Spine neck=Ctrl_Neck Ctrl_Head | hip=Ctrl_{S}UpLeg knee=Ctrl_{S}Leg "
    "ankle=Ctrl_{S}Foot toe=Ctrl_{S}ToeBase | Ctrl_{S}Arm Ctrl_{S}ForeArm Ctrl_{S}Hand",
    "LAFAN1": "Hips | spine=Spine Spine1 Spine2 neck=Neck Head | hip={S}UpLeg knee={S}Leg ankle={S}Foot toe={S}Toe | "
    "{S}Shoulder {S}Arm {S}ForeArm {S}Hand",
    "100STYLE": "Hips | spine=Chest Chest2 Chest3 Chest4 neck=Neck Head | hip={S}Hip knee={S}Knee ankle={S}Ankle "
    "toe={S}Toe | {S}Collar {S}Shoulder {S}Elbow {S}Wrist",
    "SOMA": "Hips | spine=Spine1 Spine2 Chest neck=Neck1 Neck2 Head [{S}Eye] | hip={S}Leg knee={S}Shin ankle={S}Foot "
    "toe={S}ToeBase {S}ToeEnd | {S}Shoulder {S}Arm {S}ForeArm {S}Hand {S}HandIndex1",
    "mocopi": "root | spine=torso_1 torso_2 torso_3 torso_4 torso_5 torso_6 torso_7 neck=neck_1 neck_2 head | "
    "hip={l}_up_leg knee={l}_low_leg ankle={l}_foot toe={l}_toes | {l}_shoulder {l}_up_arm {l}_low_arm {l}_hand",
    "DeepMotion": "hips_JNT | spine=spine_JNT spine1_JNT spine2_JNT neck=neck_JNT head_JNT | hip={l}_upleg_JNT "
    "knee={l}_leg_JNT ankle={l}_foot_JNT toe={l}_toebase_JNT | {l}_shoulder_JNT {l}_arm_JNT {l}_forearm_JNT {l}_hand_JNT",
    "Character Creator": "RL_BoneRoot CC_Base_Hip | spine=CC_Base_Waist CC_Base_Spine01 CC_Base_Spine02 "
    "neck=CC_Base_NeckTwist01 CC_Base_NeckTwist02 CC_Base_Head | CC_Base_Pelvis0 hip=CC_Base_{L}_Thigh "
    "[CC_Base_{L}_ThighTwist01] knee=CC_Base_{L}_Calf [CC_Base_{L}_KneeShareBone] [CC_Base_{L}_CalfTwist01] "
    "ankle=CC_Base_{L}_Foot [CC_Base_{L}_ToeBaseShareBone] toe=CC_Base_{L}_ToeBase CC_Base_{L}_BigToe1 | "
    "CC_Base_{L}_Clavicle CC_Base_{L}_Upperarm CC_Base_{L}_Forearm CC_Base_{L}_Hand",
    "VRM": "Root J_Bip_C_Hips | spine=J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_UpperChest neck=J_Bip_C_Neck J_Bip_C_Head "
    "[J_Adj_{L}_FaceEye] | hip=J_Bip_{L}_UpperLeg [J_Sec_{L}_SkirtFoot] knee=J_Bip_{L}_LowerLeg ankle=J_Bip_{L}_Foot "
    "toe=J_Bip_{L}_ToeBase | J_Bip_{L}_Shoulder J_Bip_{L}_UpperArm J_Bip_{L}_LowerArm J_Bip_{L}_Hand",
    "DAZ Genesis 3 and 8": "hip | spine=abdomenLower abdomenUpper chestLower chestUpper neck=neckLower neckUpper head "
    "[{l}Eye] | pelvis0 hip={l}ThighBend {l}ThighTwist knee={l}Shin ankle={l}Foot {l}Metatarsals toe={l}Toe {l}BigToe | "
    "{l}Collar {l}ShldrBend {l}ForearmBend {l}Hand",
    "DAZ Genesis 9": "hip | spine=spine1 spine2 spine3 spine4 neck=neck1 neck2 head | pelvis0 hip={l}_thigh "
    "[{l}_thightwist1] knee={l}_shin ankle={l}_foot {l}_metatarsal toe={l}_toes | {l}_shoulder {l}_upperarm {l}_forearm "
    "{l}_hand",
    "Poser, Second Life": "hip | spine=abdomen chest neck=neck head | {l}Buttock hip={l}Thigh knee={l}Shin ankle={l}Foot "
    "toe={l}Toe | {l}Collar {l}Shldr {l}ForeArm {l}Hand",
    "MakeHuman": "root | spine=spine05 spine04 spine03 spine02 spine01 neck=neck01 neck02 head | pelvis.{L} "
    "hip=upperleg01.{L} upperleg02.{L} knee=lowerleg01.{L} lowerleg02.{L} ankle=foot.{L} toe=toe1-1.{L} toe1-2.{L} | "
    "clavicle.{L} shoulder01.{L} upperarm01.{L} lowerarm01.{L} wrist.{L}",
    "Auto-Rig Pro": "root.x | spine=spine_01.x spine_02.x neck=neck.x head.x | hip=thigh_stretch.{l} [thigh_twist.{l}] "
    "knee=leg_stretch.{l} [leg_twist.{l}] ankle=foot.{l} toe=toes_01.{l} | shoulder.{l} arm_stretch.{l} "
    "forearm_stretch.{l} hand.{l}",
    "Rigify, metarig": "spine | spine=spine.001 spine.002 spine.003 neck=neck head | hip=thigh.{L} knee=shin.{L} "
    "ankle=foot.{L} toe=toe.{L} | shoulder.{L} upper_arm.{L} forearm.{L} hand.{L}",
    "Rigify, deform": "DEF-spine | spine=DEF-spine.001 DEF-spine.002 neck=DEF-neck DEF-head | hip=DEF-thigh.{L} "
    "DEF-thigh.{L}.001 knee=DEF-shin.{L} DEF-shin.{L}.001 ankle=DEF-foot.{L} toe=DEF-toe.{L} | DEF-shoulder.{L} "
    "DEF-upper_arm.{L} DEF-forearm.{L} DEF-hand.{L}",
    "m_avg_": "m_avg_Pelvis | spine=m_avg_Spine1 m_avg_Spine2 m_avg_Spine3 neck=m_avg_Neck m_avg_Head | "
    "hip=m_avg_{L}_Hip knee=m_avg_{L}_Knee ankle=m_avg_{L}_Ankle toe=m_avg_{L}_Foot | m_avg_{L}_Collar m_avg_{L}_Shoulder "
    "m_avg_{L}_Elbow m_avg_{L}_Wrist m_avg_{L}_Hand",
    "SMPL": "Pelvis | spine=Spine1 Spine2 Spine3 neck=Neck Head | hip={L}_Hip knee={L}_Knee ankle={L}_Ankle toe={L}_Foot | "
    "{L}_Collar {L}_Shoulder {L}_Elbow {L}_Wrist {L}_Hand",
    "SMPL-X": "pelvis | spine=spine1 spine2 spine3 neck=neck head | hip={s}_hip knee={s}_knee ankle={s}_ankle "
    "toe={s}_foot | {s}_collar {s}_shoulder {s}_elbow {s}_wrist {s}_index1",
    "LowLeg": "Hips | spine=Spine Spine1 neck=Neck Head | hip={S}UpLeg knee={S}LowLeg ankle={S}Foot toe={S}Toes | "
    "{S}UpArm {S}LowArm {S}Hand",
    "Kinect": "SpineBase | spine=SpineMid SpineShoulder neck=Neck Head | hip=Hip{S} knee=Knee{S} ankle=Ankle{S} "
    "toe=Foot{S} | Shoulder{S} Elbow{S} Wrist{S} Hand{S}",
    "Azure Kinect": "PELVIS | spine=SPINE_NAVAL SPINE_CHEST neck=NECK HEAD | hip=HIP_{U} knee=KNEE_{U} ankle=ANKLE_{U} "
    "toe=FOOT_{U} | CLAVICLE_{U} SHOULDER_{U} ELBOW_{U} WRIST_{U}",
    "Xsens": "Hips | spine=Chest Chest2 Chest3 Chest4 neck=Neck Head | hip={S}Hip knee={S}Knee ankle={S}Ankle toe={S}Toe | "
    "{S}Collar {S}Shoulder {S}Elbow {S}Wrist",
    "Xsens MVN": "Pelvis | spine=L5 L3 T12 T8 neck=Neck Head | hip={S}UpperLeg knee={S}LowerLeg ankle={S}Foot "
    "toe={S}Toe | {S}Shoulder {S}UpperArm {S}ForeArm {S}Hand",
    "Perception Neuron": "Robot_Hips | spine=Robot_Spine Robot_Spine1 neck=Robot_Neck Robot_Head | hip=Robot_{S}UpLeg "
    "knee=Robot_{S}Leg ankle=Robot_{S}Foot toe=END | Robot_{S}Arm Robot_{S}ForeArm Robot_{S}Hand Robot_{S}InHandIndex",
    "Rokoko": "Root Hips | spine=Spine1 Spine2 Spine3 Spine4 neck=Neck Head | hip={S}Thigh knee={S}Shin ankle={S}Foot "
    "toe={S}Toe | {S}Shoulder {S}Arm {S}ForeArm {S}Hand",
    "OptiTrack": "Skeleton_001 Hip | spine=Ab Chest neck=Neck Head | hip={L}Thigh knee={L}Shin ankle={L}Foot toe={L}Toe | "
    "{L}Shoulder {L}UArm {L}FArm {L}Hand",
    "OptiTrack, prefix": "Bob_Hip | spine=Bob_Ab Bob_Chest neck=Bob_Neck Bob_Head | hip=Bob_{L}Thigh knee=Bob_{L}Shin "
    "ankle=Bob_{L}Foot toe=Bob_{L}Toe | Bob_{L}Shoulder Bob_{L}UArm Bob_{L}FArm Bob_{L}Hand",
    "Vicon": "pelvis | spine=thorax neck=head | hip={l}femur knee={l}tibia ankle={l}foot toe={l}toes | {l}clavicle "
    "{l}humerus {l}radius {l}hand",
    "Biped": "Bip01 Bip01_Pelvis | spine=Bip01_Spine Bip01_Spine1 neck=Bip01_Neck Bip01_Head | hip=Bip01_{L}_Thigh "
    "knee=Bip01_{L}_Calf ankle=Bip01_{L}_Foot toe=Bip01_{L}_Toe0 Bip01_{L}_Toe0Nub | Bip01_{L}_Clavicle "
    "Bip01_{L}_UpperArm Bip01_{L}_Forearm Bip01_{L}_Hand",
    "Truebones": "BN_Bip01 BN_Bip01_Pelvis | spine=BN_Bip01_Spine neck=BN_Bip01_Neck BN_Bip01_Head | "
    "hip=BN_Bip01_{L}_Thigh knee=BN_Bip01_{L}_Calf ankle=BN_Bip01_{L}_Foot toe=BN_Bip01_{L}_Toe0 | "
    "BN_Bip01_{L}_UpperArm BN_Bip01_{L}_Forearm BN_Bip01_{L}_Hand",
    "Source engine": "ValveBiped.Bip01_Pelvis | spine=ValveBiped.Bip01_Spine ValveBiped.Bip01_Spine1 "
    "neck=ValveBiped.Bip01_Neck1 ValveBiped.Bip01_Head1 | hip=ValveBiped.Bip01_{L}_Thigh knee=ValveBiped.Bip01_{L}_Calf "
    "ankle=ValveBiped.Bip01_{L}_Foot toe=ValveBiped.Bip01_{L}_Toe0 | ValveBiped.Bip01_{L}_UpperArm "
    "ValveBiped.Bip01_{L}_Forearm ValveBiped.Bip01_{L}_Hand",
    "Unreal": "root pelvis | spine=spine_01 spine_02 spine_03 neck=neck_01 head | hip=thigh_{l} [thigh_twist_01_{l}] "
    "[ik_foot_{l}] knee=calf_{l} [calf_twist_01_{l}] ankle=foot_{l} toe=ball_{l} | clavicle_{l} upperarm_{l} lowerarm_{l} "
    "hand_{l} thumb_01_{l}",
    "Unity": "Hips | spine=Spine Chest UpperChest neck=Neck Head | hip={S}UpperLeg knee={S}LowerLeg ankle={S}Foot "
    "toe={S}Toes | {S}Shoulder {S}UpperArm {S}LowerArm {S}Hand",
    "Bandai-Namco": "joint_Root Hips | spine=Spine Chest neck=Neck Head | hip=UpperLeg_{L} knee=LowerLeg_{L} "
    "ankle=Foot_{L} toe=Toes_{L} | Shoulder_{L} UpperArm_{L} LowerArm_{L} Hand_{L}",
    "Cascadeur": "pelvis | spine=stomach chest neck=neck head | hip=thigh_{l} knee=calf_{l} ankle=foot_{l} toe=toe_{l} | "
    "clavicle_{l} arm_{l} forearm_{l} hand_{l}",
    "AdvancedSkeleton": "Root_M | spine=Spine1_M Chest_M neck=Neck_M Head_M | hip=Hip_{L} HipPart1_{L} knee=Knee_{L} "
    "ankle=Ankle_{L} toe=Toes_{L} ToesEnd_{L} | Scapula_{L} Shoulder_{L} Elbow_{L} Wrist_{L}",
    "ARKit": "hips_joint | spine=spine_1_joint spine_2_joint neck=neck_1_joint head_joint | hip={s}_upLeg_joint "
    "knee={s}_leg_joint ankle={s}_foot_joint toe={s}_toes_joint | {s}_shoulder_1_joint {s}_arm_joint {s}_forearm_joint "
    "{s}_hand_joint",
    "Meta": "Hips | spine=SpineLower SpineUpper Chest neck=Neck Head | hip={S}LegUpper knee={S}LegLower "
    "ankle={S}FootAnkle [{S}FootSubtalar] toe={S}FootBall | {S}Shoulder {S}ArmUpper {S}ArmLower {S}HandWrist",
    "Skyrim": "NPC_Pelvis_[Pelv] | spine=NPC_Spine_[Spn0] NPC_Spine1_[Spn1] neck=NPC_Neck_[Neck] NPC_Head_[Head] | "
    "hip=NPC_{L}_Thigh_[{L}Thg] knee=NPC_{L}_Calf_[{L}Clf] ankle=NPC_{L}_Foot_[{L}ft_] toe=NPC_{L}_Toe0_[{L}Toe] | "
    "NPC_{L}_UpperArm_[{L}Uar] NPC_{L}_Forearm_[{L}Lar] NPC_{L}_Hand_[{L}Hnd]",
    "MikuMikuDance": "センター | spine=上半身 neck=首 頭 | hip={J}足 knee={J}ひざ ankle={J}足首 toe={J}つま先 | {J}肩 {J}腕 "
    "{J}ひじ {J}手首",
    "suffix _bone": "Hips_bone | spine=Spine_bone neck=Neck_bone Head_bone | hip={S}Thigh_bone knee={S}Shin_bone "
    "ankle={S}Foot_bone toe={S}Toe_bone | {S}Arm_bone {S}ForeArm_bone {S}Hand_bone",
    "suffix .jnt": "hips.jnt | spine=spine.jnt neck=neck.jnt head.jnt | hip=thigh.{L}.jnt knee=leg.{L}.jnt "
    "ankle=foot.{L}.jnt toe=toe.{L}.jnt | arm.{L}.jnt forearm.{L}.jnt hand.{L}.jnt",
    "lower case": "hips | spine=spine neck=neck head | hip={s}upleg knee={s}leg ankle={s}foot toe={s}toebase | {s}arm "
    "{s}forearm {s}hand",
    "upper case": "HIPS | spine=SPINE neck=NECK HEAD | hip={U}UPLEG knee={U}LEG ankle={U}FOOT toe={U}TOE | {U}ARM "
    "{U}FOREARM {U}HAND",
    "Leg and knee": "Hip | spine=Back neck=Neck Head | hip={S}Leg knee={S}Knee ankle={S}Foot toe={S}Toe | {S}Arm {S}Elbow "
    "{S}Hand",
    "numbered legs": "Hip | spine=Back neck=Neck Head | hip=Leg_{L}_1 knee=Leg_{L}_2 ankle=Foot_{L} toe=Toe_{L} | Arm_{L}_1 "
    "Arm_{L}_2 Hand_{L}",
    "no names": "a | spine=b c neck=d | hip=e{L}1 knee=e{L}2 ankle=e{L}3 toe=e{L}4 | f{L}1 f{L}2 f{L}3",
    "no names nor sides": "a | spine=b c neck=d | hip=e{N}1 knee=e{N}2 ankle=e{N}3 toe=e{N}4 | f{N}1 f{N}2 f{N}3",
    "Spanish": "cadera | spine=columna pecho neck=cuello cabeza | hip=muslo_{N} knee=espinilla_{N} ankle=pie_{N} "
    "toe=dedos_{N} | brazo_{N} antebrazo_{N} mano_{N}",
    "no toes": "Hips | spine=Spine neck=Neck Head | hip={S}UpLeg knee={S}Leg ankle={S}Foot toe=END | {S}Arm {S}ForeArm "
    "{S}Hand",
}  # fmt: skip

#: Steps from joint to joint, x to the left, y up, z forward.
_LEG = {"hip": (0.09, -0.05, 0.0), "knee": (0.0, -0.42, 0.01), "ankle": (0.0, -0.4, -0.02), "toe": (0.0, -0.07, 0.13)}
_ARM = ((0.1, 0.05, 0.0), (0.1, 0.0, 0.0), (0.28, 0.0, 0.0), (0.25, 0.0, 0.0), (0.1, 0.0, 0.0))


def skeleton_of(family):
    """The tree of a family, and the name of each landmark."""
    root, spine, leg, arm = (part.split() for part in FAMILIES[family].split("|"))
    names, parents, rest, ends, truth = [], [], [], [], {}

    def add(name, parent, step, end=False):
        names.append(name)
        parents.append(parent)
        rest.append(np.array(step) + (rest[parent] if parent >= 0 else 0.0))
        ends.append(end)
        return len(names) - 1

    at = -1
    for name in root:
        at = add(name, at, (0.0, 0.95, 0.0) if at < 0 else (0.0, 0.0, 0.0))
    hips = at
    for sign, words in ((1, dict(S="Left", s="left", L="L", l="l", U="LEFT", J="左", N="2")),
                        (-1, dict(S="Right", s="right", L="R", l="r", U="RIGHT", J="右", N="1"))):  # fmt: skip
        at, side = hips, words["l"]
        _split, last = 1, hips
        for word in leg:
            aside = word.startswith("[")
            part, _, name = word.strip("[]" if aside else "").rpartition("=")
            name = name.format(**words)
            step = np.array(_LEG.get(part, (0.0, 0.0, 0.0))) * (sign, 1, 1)
            if name == "END":
                truth[f"toe_{side}"] = f"{names[at]}_end"
                at = add(f"{names[at]}_end", at, step, end=True)
            elif aside:
                add(name, last, (0.02 * sign, -0.1, 0.0))
            else:
                step = step + ((0.0, -0.03, 0.0) if not part and name[-1] != "0" else (0.0, 0.0, 0.0))
                at = last = add(name, at, step)
                if part:
                    truth[f"{part}_{side}"] = name
        if not ends[at]:
            add(f"{names[at]}_end", at, (0.0, 0.0, 0.05), end=True)
    at = hips
    for word in spine:
        if word.startswith("["):
            for sign, words in ((1, dict(S="Left", L="L", l="l")), (-1, dict(S="Right", L="R", l="r"))):
                add(word.strip("[]").format(**words), at, (0.03 * sign, 0.05, 0.08))
            continue
        part, _, name = word.rpartition("=")
        at = add(name, at, (0.0, 0.0, 0.0) if name[-1:] == "0" and not part else (0.0, 0.13, -0.01))
        if part:
            truth[part] = name
        if part == "neck":
            top = parents[at]
    add(f"{names[at]}_end", at, (0.0, 0.1, 0.0), end=True)
    for sign, words in ((1, dict(S="Left", s="left", L="L", l="l", U="LEFT", J="左", N="2")),
                        (-1, dict(S="Right", s="right", L="R", l="r", U="RIGHT", J="右", N="1"))):  # fmt: skip
        at = top
        for word, step in zip(arm, _ARM[-len(arm) :], strict=True):
            at = add(word.format(**words), at, np.array(step) * (sign, 1, 1))
        add(f"{names[at]}_end", at, (0.1 * sign, 0.0, 0.0), end=True)
    return JointTree(tuple(names), tuple(parents), np.array(rest), tuple(ends)), truth
