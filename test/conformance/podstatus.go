package main

// What a pod tells the API server about itself: readiness, states, conditions.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/exec"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe keeps a container's readiness up to date. It knows HTTP and TCP.
func (p *pod) probe(i int, spec *corev1.Container, state corev1.ContainerState, ended <-chan struct{}) {
	probe := spec.ReadinessProbe
	port := func(v intstr.IntOrString) string {
		for _, named := range spec.Ports {
			if v.Type == intstr.String && named.Name == v.StrVal {
				return fmt.Sprint(named.ContainerPort)
			}
		}
		return v.String()
	}
	client := http.Client{Timeout: time.Duration(max(probe.TimeoutSeconds, 1)) * time.Second}
	try := func() bool {
		switch {
		case probe.HTTPGet != nil:
			resp, err := client.Get("http://" + net.JoinHostPort(p.ip, port(probe.HTTPGet.Port)) + probe.HTTPGet.Path)
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode < 400
		case probe.TCPSocket != nil:
			conn, err := net.DialTimeout("tcp", net.JoinHostPort(p.ip, port(probe.TCPSocket.Port)), client.Timeout)
			if err != nil {
				return false
			}
			conn.Close()
		}
		return true
	}
	ready := false
	for {
		if now := try(); now != ready {
			ready = now
			p.setState(i, state, ready)
		}
		select {
		case <-ended:
			return
		case <-time.After(time.Duration(max(probe.PeriodSeconds, 1)) * time.Second):
		}
	}
}

func (p *pod) setState(i int, state corev1.ContainerState, ready bool) {
	p.mu.Lock()
	p.statuses[i].State = state
	p.statuses[i].Ready = ready
	started := state.Running != nil
	p.statuses[i].Started = &started
	p.mu.Unlock()
	p.report()
}

// report writes the pod's status to the API server.
func (p *pod) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	phase, ready := corev1.PodRunning, corev1.ConditionTrue
	ended, failed := 0, false
	for _, s := range p.statuses {
		if !s.Ready {
			ready = corev1.ConditionFalse
		}
		if s.State.Waiting != nil && s.RestartCount == 0 {
			phase = corev1.PodPending
		}
		if t := s.State.Terminated; t != nil {
			ended++
			failed = failed || t.ExitCode != 0
		}
	}
	if ended == len(p.statuses) {
		phase = corev1.PodSucceeded
		if failed {
			phase = corev1.PodFailed
		}
	}
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.Now(), ObservedGeneration: p.obj.Generation}
	}
	status := corev1.PodStatus{
		ObservedGeneration: p.obj.Generation,
		Phase:              phase,
		StartTime:          &p.started,
		HostIP:             nodeIP, HostIPs: []corev1.HostIP{{IP: nodeIP}},
		PodIP: p.ip, PodIPs: []corev1.PodIP{{IP: p.ip}},
		ContainerStatuses: p.statuses,
		Conditions: []corev1.PodCondition{
			condition(corev1.PodReadyToStartContainers, corev1.ConditionTrue),
			condition(corev1.PodInitialized, corev1.ConditionTrue),
			condition(corev1.ContainersReady, ready),
			condition(corev1.PodReady, ready),
		},
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.obj.UID}, "status": status})
	if err == nil {
		_, err = p.node.client.CoreV1().Pods(p.obj.Namespace).Patch(context.Background(), p.obj.Name,
			types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && p.ctx.Err() == nil {
		log.Printf("status of %s/%s: %v", p.obj.Namespace, p.obj.Name, err)
	}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func terminated(code int32, err error) corev1.ContainerState {
	t := &corev1.ContainerStateTerminated{ExitCode: code, Reason: "Completed", FinishedAt: metav1.Now()}
	if code != 0 {
		t.Reason, t.Message = "Error", fmt.Sprint(err)
	}
	return corev1.ContainerState{Terminated: t}
}

func exitCode(err error) int32 {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return int32(exit.ExitCode())
	case errors.As(err, &exit):
		return 128 + int32(exit.Sys().(syscall.WaitStatus).Signal())
	}
	return 127
}
